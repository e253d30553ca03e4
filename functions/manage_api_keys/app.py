"""Issues, lists and revokes API keys. Invoked directly, by operators whom IAM lets in; never a public route."""

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from campaigns.domain.errors import CampaignsError
from campaigns.domain.key_operations import CreateKey, KeyOperation, ListKeys, RevokeKey
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

    ``{"operation": "create", "tenantId"}`` answers the key, with the raw key as ``key``, this once;
    ``{"operation": "list", "tenantId"}`` answers ``{"keys": [...]}``;
    ``{"operation": "revoke", "tenantId", "keyId"}`` answers the key.
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
                issued = api_keys.issue(operation.tenant_id)
                logger.info("key issued", tenantId=operation.tenant_id, keyId=issued.key_id)
                return issued.shown()
            case ListKeys():
                return {"keys": [key.shown() for key in api_keys.list(operation.tenant_id)]}
            case RevokeKey():
                return api_keys.revoke(operation.tenant_id, operation.key_id).shown()
    except CampaignsError as error:
        return envelope(error, context.aws_request_id)
