"""MiniStack, with API Gateway put right where it differs from AWS in what this project relies on.

This module is the one place that says so. Run with hypercorn, in MiniStack's own environment:

1. A REST API hands the path on as the client wrote it. MiniStack's application sees the decoded one, in which an id
   with an escaped ``%`` would be decoded twice.
2. An imported definition brings its gateway responses and its ANY methods along. MiniStack leaves both out.
3. Binary media types are written with ``~1`` for ``/`` in CloudFormation. MiniStack compares them literally.
"""

from ministack.app import app as ministack
from ministack.services import apigateway_v1

import_rest_api = apigateway_v1._import_rest_api
media_type_matches = apigateway_v1._media_type_matches


def import_whole_rest_api(spec, base_data=None):
    """Import an OpenAPI definition, its ANY methods and gateway responses included."""
    paths = {
        path: {"any" if name == "x-amazon-apigateway-any-method" else name: method for name, method in methods.items()}
        for path, methods in spec["paths"].items()
    }
    api_id = import_rest_api({**spec, "paths": paths}, base_data)
    for kind, response in spec.get("x-amazon-apigateway-gateway-responses", {}).items():
        apigateway_v1._put_gateway_response(api_id, kind, response)
    return api_id


def unescaped_media_type_matches(media_type, binary_media_types):
    """Whether a media type is one of those that CloudFormation lists."""
    return media_type_matches(media_type, [each.replace("~1", "/") for each in binary_media_types or []])


apigateway_v1._OPENAPI_HTTP_METHODS.add("any")
apigateway_v1._import_rest_api = import_whole_rest_api
apigateway_v1._media_type_matches = unescaped_media_type_matches


async def app(scope, receive, send):
    """The ASGI application."""
    if scope["type"] == "http" and scope["path"].startswith("/_aws/execute-api/"):
        scope = {**scope, "path": scope["raw_path"].decode("ascii")}
    await ministack(scope, receive, send)
