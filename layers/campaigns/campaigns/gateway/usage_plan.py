"""A tenant's limits, kept by API Gateway's usage plan.

API Gateway counts requests by keys of its own. Each tenant has one of those, whatever number of ``kr_`` keys it has;
the authorizer names it with every answer. It opens nothing (the source of keys is the authorizer, not the client), so
its value need not be secret, and is derived from the tenant rather than kept anywhere.
"""

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from campaigns.domain.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_apigateway.client import APIGatewayClient


def usage_key(stack: str, tenant_id: str) -> str:
    """The value of the tenant's key at API Gateway, where a value is unique in an account."""
    return hashlib.sha256(f"{stack} {tenant_id}".encode()).hexdigest()


class UsagePlan:
    """The plan of every tenant that an operator has not moved to another."""

    def __init__(self, client: "APIGatewayClient", stack: str, plan_id: str) -> None:
        self._client = client
        self.stack = stack
        self.plan_id = plan_id

    def admit(self, tenant_id: str) -> bool:
        """See to it that the tenant is in a plan; one that is in any keeps the limits that it has.

        Answers whether it had no key at API Gateway before. Each step may have been done before, by an invocation that
        ended half way or one at the same time.
        """
        known = self._key_id(tenant_id)
        key_id = known or self._new_key_id(tenant_id)
        if not self._client.get_usage_plans(keyId=key_id)["items"]:
            with suppress(self._client.exceptions.ConflictException):
                self._client.create_usage_plan_key(usagePlanId=self.plan_id, keyId=key_id, keyType="API_KEY")
        return known is None

    def gateway_keys(self) -> int | None:
        """How many keys the account has at API Gateway, of this stack and others: it may have 10,000.

        None where that can't be found out now: it is for an alarm, which nobody has to wait for.
        """
        pages = self._client.get_paginator("get_api_keys").paginate(PaginationConfig={"PageSize": 500})
        with suppress(Unavailable):
            return sum(len(page["items"]) for page in pages)
        return None

    def knows(self, tenant_id: str) -> bool:
        """Whether the tenant has a key, whatever plan it is in."""
        return self._key_id(tenant_id) is not None

    def dismiss(self, tenant_id: str) -> None:
        """Take the tenant's key away, from whatever plan it is in; one that has none stays without."""
        if key_id := self._key_id(tenant_id):
            with suppress(self._client.exceptions.NotFoundException):
                self._client.delete_api_key(apiKey=key_id)

    def _new_key_id(self, tenant_id: str) -> str:
        name, value = self._name(tenant_id), usage_key(self.stack, tenant_id)
        try:
            return self._client.create_api_key(name=name, value=value, enabled=True)["id"]
        except self._client.exceptions.ConflictException as error:
            if key_id := self._key_id(tenant_id):
                return key_id
            raise Unavailable("The tenant is being admitted; try again.") from error

    def _key_id(self, tenant_id: str) -> str | None:
        name = self._name(tenant_id)
        pages = self._client.get_paginator("get_api_keys").paginate(nameQuery=name)
        # The query finds all names that begin so.
        return next((key["id"] for page in pages for key in page["items"] if key["name"] == name), None)

    def _name(self, tenant_id: str) -> str:
        return f"{self.stack}_{tenant_id}"  # No stack's name has an underscore.
