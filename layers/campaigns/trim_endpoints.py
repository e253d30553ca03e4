"""Leaves botocore's table of endpoints the services in use: ``python trim_endpoints.py endpoints.json SERVICE...``.

botocore reads the whole table, 1.2 MB of JSON, whenever it makes its first client.
"""

import json
import sys
from pathlib import Path

path, services = Path(sys.argv[1]), set(sys.argv[2:])
table = json.loads(path.read_text())
for partition in table["partitions"]:
    partition["services"] = {name: each for name, each in partition["services"].items() if name in services}
path.write_text(json.dumps(table, separators=(",", ":")))
