"""Leaves botocore the data that clients of a few services read: ``python trim_botocore.py DATA_FOLDER SERVICE...``.

botocore reads the whole table of endpoints (1.2 MB of JSON) whenever it makes its first client, and a service's whole
model, most of which is documentation. Services that are not named go; of the others stays what a client does, in all
its operations, without the texts about it.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

FOR_ALL_SERVICES = {"endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"}
FOR_CLIENTS = {"service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2"}


def main(data: Path, services: set[str]) -> None:
    """Trim ``data``."""
    for path in data.iterdir():
        if path.is_file() and path.name not in FOR_ALL_SERVICES:
            path.unlink()
        elif path.is_dir() and path.name not in services:
            shutil.rmtree(path)
        elif path.is_dir():
            *outdated, _latest = sorted(path.iterdir())
            for version in outdated:
                shutil.rmtree(version)
    for path in data.glob("*/*/*"):
        if path.name.split(".")[0] in FOR_CLIENTS:
            text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            write(path.with_suffix("") if path.suffix == ".gz" else path, without_texts(json.loads(text)))
        if path.name.split(".")[0] not in FOR_CLIENTS or path.suffix == ".gz":
            path.unlink()
    table = json.loads((data / "endpoints.json").read_text())
    for partition in table["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in services}
    write(data / "endpoints.json", table)


def without_texts(value: Any) -> Any:
    """``value`` without documentation. A member of a shape may be called so, too, but then is no string."""
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if not (name == "documentation" and isinstance(each, str))}
        return {name: without_texts(each) for name, each in kept.items()}
    return [without_texts(each) for each in value] if isinstance(value, list) else value


def write(path: Path, value: Any) -> None:
    """Write JSON as short as it gets."""
    path.write_text(json.dumps(value, separators=(",", ":")))


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
