"""Issues, lists, changes and ends API keys. Invoked directly, by operators whom IAM lets in; never a public route."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from campaigns.domain.errors import CampaignsError
from campaigns.domain.key_operations import CreateKey, KeyOperation, ListKeys, RevokeKey, RotateKey, UpdateKey
from campaigns.domain.parsing import parse
from campaigns.http.errors import envelope
from campaigns.runtime.bootstrap import table_of_all_tenants, usage_plan
from campaigns.runtime.logs import logger
from campaigns.store.api_keys import ApiKeyStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

api_keys = ApiKeyStore(table_of_all_tenants())
plan = usage_plan()
operations: TypeAdapter[KeyOperation] = TypeAdapter(KeyOperation)


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> dict[str, Any]:
    """Do one operation.

    ``{"operation": "create", "tenantId", "name"?, "scopes"?, "expiresAt"?}`` answers the key, with the raw key as
    ``key``, this once; ``rotate`` with ``"tenantId", "keyId", "graceSeconds"?`` does so for a key that there is.
    ``{"operation": "list", "tenantId"}`` answers ``{"keys": [...]}``.
    ``update`` with ``"tenantId", "keyId"`` and at least one of ``"name", "scopes", "expiresAt"`` answers the key, as
    does ``revoke`` with ``"tenantId", "keyId"``.
    What can't be done answers the API's error envelope.
    """
    try:
        operation = parse(operations.validate_python, event)
        logger.info(operation.operation, tenantId=operation.tenant_id)
        match operation:
            case CreateKey():
                # First: a key without limits would be refused.
                if plan.admit(operation.tenant_id):
                    logger.info("tenant admitted", tenantId=operation.tenant_id, gatewayKeys=plan.gateway_keys())
                issued = api_keys.issue(
                    operation.tenant_id, operation.name, operation.scopes or (), operation.expires_at
                )
                logger.info("key issued", tenantId=operation.tenant_id, keyId=issued.key_id)
                return issued.shown()
            case ListKeys():
                return {"keys": [key.shown() for key in api_keys.list(operation.tenant_id)]}
            case UpdateKey():
                return api_keys.update(operation.tenant_id, operation.key_id, operation.changes()).shown()
            case RotateKey():
                grace = timedelta(seconds=operation.grace_seconds)
                rotated = api_keys.rotate(operation.tenant_id, operation.key_id, grace)
                logger.info("key issued", tenantId=operation.tenant_id, keyId=operation.key_id)
                return rotated.shown()
            case RevokeKey():
                return api_keys.revoke(operation.tenant_id, operation.key_id).shown()
    except CampaignsError as error:
        return envelope(error, context.aws_request_id)
