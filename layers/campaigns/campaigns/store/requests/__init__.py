"""Pure functions that build the requests to DynamoDB, a module for each subject.

Each returns a piece of a request in DynamoDB's own JSON; ``campaigns.store.table`` sends it. Every clause of every
condition has a name that says what it is for: those of several subjects stand in ``clauses``.
"""
