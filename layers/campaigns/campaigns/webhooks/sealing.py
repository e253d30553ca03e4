"""The secrets of webhooks, sealed by AWS KMS.

A secret *is* a data key: 32 random bytes that KMS makes, and hands out in the open and sealed under the stack's key.
The table has the sealed one. What opens it is bound to its tenant and webhook by the encryption context, so that a blob
that was copied to another item opens nothing.
"""

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from campaigns.domain.webhooks import Sealed

if TYPE_CHECKING:
    from types_boto3_kms.client import KMSClient

PREFIX: Final = "whsec_"
_BYTES: Final = 32
_REMEMBERED: Final = 1000
"""Secrets that an environment keeps open, so that it asks KMS once for each."""


class Sealer:
    """Makes secrets, and opens them again."""

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        self._client = client
        self._key_id = key_id
        self._opened = lru_cache(_REMEMBERED)(self._open)

    def new(self, tenant_id: str, webhook_id: str) -> tuple[str, Sealed]:
        """A secret that nobody has, and the same sealed."""
        made = self._client.generate_data_key(
            KeyId=self._key_id, NumberOfBytes=_BYTES, EncryptionContext=_context(tenant_id, webhook_id)
        )
        return _shown(made["Plaintext"]), Sealed(base64.b64encode(made["CiphertextBlob"]).decode())

    def open(self, tenant_id: str, webhook_id: str, secret: Sealed) -> str:
        """The secret, as its owner knows it. One call to KMS, none where it was opened here before."""
        return self._opened(tenant_id, webhook_id, secret.blob)

    def _open(self, tenant_id: str, webhook_id: str, blob: str) -> str:
        opened = self._client.decrypt(
            KeyId=self._key_id,
            CiphertextBlob=base64.b64decode(blob),
            EncryptionContext=_context(tenant_id, webhook_id),
        )
        return _shown(opened["Plaintext"])


def _context(tenant_id: str, webhook_id: str) -> dict[str, str]:
    return {"tenantId": tenant_id, "webhookId": webhook_id}


def _shown(key: bytes) -> str:
    return PREFIX + base64.b64encode(key).decode()
