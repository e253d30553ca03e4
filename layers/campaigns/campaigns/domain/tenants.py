"""Tenant ids, as the platform's other services give them."""

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

# No '#', which separates the parts of the table's keys.
_TENANT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _checked_tenant_id(text: str) -> str:
    if not _TENANT_ID.fullmatch(text):
        raise PydanticCustomError(
            "tenant_id", "must be 1-64 letters, digits, '.', '_' or '-', the first a letter or digit"
        )
    return text


TenantId = Annotated[str, AfterValidator(_checked_tenant_id)]
"""An organisation, as the platform's other services name it."""
