"""What the serverless transform makes of a template. Run in MiniStack's environment: JSON in, JSON out."""

import json
import sys

from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """None is used."""

    def load(self) -> dict[str, str]:
        """No names, so no addresses."""
        return {}


template, parameters = json.load(sys.stdin)
print(json.dumps(transform(template, parameters, NoManagedPolicies())))
