"""The shared layer of the Campaigns service.

Dependencies point inward: ``functions`` → ``http`` / ``events`` → ``domain`` ← ``store``.
The domain knows neither HTTP nor DynamoDB.
"""

import gc

# A start makes 60,000 to 90,000 objects that all stay. At Python's own threshold of 2,000, the collector looks through
# them again and again, for more than a tenth of the whole start (docs/performance.md).
gc.set_threshold(100_000)
