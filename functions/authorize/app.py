"""The Lambda authorizer: turns an API key into the tenant, and what the key may do."""

import os
from typing import TYPE_CHECKING, Any

from campaigns.gateway.usage_plan import usage_key
from campaigns.runtime.bootstrap import table_of_all_tenants
from campaigns.runtime.logs import logger
from campaigns.store.api_keys import ApiKeyStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from campaigns.domain.api_keys import Holder

api_keys = ApiKeyStore(table_of_all_tenants())
stack = os.environ["CAMPAIGNS_STACK"]


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """A policy for the whole stage, since API Gateway caches it per key and not per method.

    An unknown, expired or revoked key gets a policy that denies: API Gateway caches that as well, and its answer to a
    denial is set to 401 in the template. An exception would be neither. What a key may do is in the context, and the
    endpoint's to refuse.
    """
    scheme, _, raw_key = event["authorizationToken"].partition(" ")
    holder = api_keys.holder_of(raw_key) if scheme.lower() == "bearer" else None
    logger.info("authorised" if holder else "refused", tenantId=holder and holder.tenant_id)
    stage_arn = "/".join(event["methodArn"].split("/")[:2])
    return {
        "principalId": holder.tenant_id if holder else "unknown",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow" if holder else "Deny",
                    "Resource": f"{stage_arn}/*",
                }
            ],
        },
        **(_told_to_endpoints(holder) if holder else {}),
    }


def _told_to_endpoints(holder: "Holder") -> dict[str, Any]:
    """The tenant, and the key; API Gateway passes on text only, so what a key has not is left out."""
    context = {
        "tenantId": holder.tenant_id,
        "keyId": holder.key_id,
        "keyName": holder.name,
        "scopes": " ".join(holder.scopes),
        "keyExpiresAt": holder.expires_at,
    }
    return {
        "context": {name: value for name, value in context.items() if value},
        "usageIdentifierKey": usage_key(stack, holder.tenant_id),
    }
