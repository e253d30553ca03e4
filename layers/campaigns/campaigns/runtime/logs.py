"""The one logger: a JSON line each, never with a key or a whole event."""

from aws_lambda_powertools.logging import Logger

logger = Logger(service="campaigns")
