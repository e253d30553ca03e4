"""The shared layer of the Campaigns service.

Dependencies point inward: ``functions`` → ``http`` / ``events`` → ``domain`` ← ``store``.
The domain knows neither HTTP nor DynamoDB.
"""
