"""A key service in this process: it hands out keys, and opens for the context that they were made for."""

import secrets
from functools import cache
from typing import Any

from campaigns.webhooks.sealing import Sealer


class MemoryKms:
    """What ``Sealer`` asks of AWS KMS."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, bytes, str], bytes] = {}
        self.opened = 0

    def generate_data_key(self, **asked: Any) -> dict[str, bytes]:
        blob, key = secrets.token_bytes(16), secrets.token_bytes(asked["NumberOfBytes"])
        self._made[asked["KeyId"], blob, str(asked["EncryptionContext"])] = key
        return {"Plaintext": key, "CiphertextBlob": blob}

    def decrypt(self, **asked: Any) -> dict[str, bytes]:
        self.opened += 1
        return {"Plaintext": self._made[asked["KeyId"], asked["CiphertextBlob"], str(asked["EncryptionContext"])]}


@cache
def memory_sealer() -> Sealer:
    """Seals in this process: what one seals, every other opens."""
    client: Any = MemoryKms()
    return Sealer(client, "key")
