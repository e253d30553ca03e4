"""The Lambda authorizer: turns an API key into the tenant."""

import os
import re
from typing import TYPE_CHECKING, Any

from campaigns.gateway.usage_plan import usage_key
from campaigns.runtime.bootstrap import table_of_all_tenants
from campaigns.runtime.logs import logger
from campaigns.store.api_keys import ApiKeyStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

api_keys = ApiKeyStore(table_of_all_tenants())
stack = os.environ["CAMPAIGNS_STACK"]
# As in the template, which API Gateway turns other tokens away by.
_TOKEN = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] (?P<key>kr_[A-Za-z0-9_-]{43})")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """A policy for the whole stage, since API Gateway caches it per key and not per method.

    An unknown or revoked key gets a policy that denies: API Gateway caches that as well, and its answer to a denial
    is set to 401 in the template. An exception would be neither.
    """
    token = _TOKEN.fullmatch(event["authorizationToken"])
    tenant_id = api_keys.tenant_of(token["key"]) if token else None
    logger.info("authorised" if tenant_id else "refused", tenantId=tenant_id)
    stage_arn = "/".join(event["methodArn"].split("/")[:2])
    return {
        "principalId": tenant_id or "unknown",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow" if tenant_id else "Deny",
                    "Resource": f"{stage_arn}/*",
                }
            ],
        },
        **(
            {"context": {"tenantId": tenant_id}, "usageIdentifierKey": usage_key(stack, tenant_id)} if tenant_id else {}
        ),
    }
