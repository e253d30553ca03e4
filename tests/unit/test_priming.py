"""A snapshot's client has made its first call, and nobody has heard of it."""

import boto3
import pytest
from botocore.exceptions import HTTPClientError, NoCredentialsError

from campaigns import bootstrap
from campaigns.priming import prime


def test_the_first_call_is_answered_without_a_socket_and_the_next_one_needs_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    client = bootstrap.dynamodb_client()
    with pytest.raises(HTTPClientError, match="tried to use socket"):
        client.get_item(TableName="campaigns", Key={"PK": {"S": "x"}, "SK": {"S": "x"}})


def test_a_start_without_credentials_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.session.Session().client("dynamodb")
    prime(client)
    with pytest.raises(NoCredentialsError):
        client.get_item(TableName="campaigns", Key={"PK": {"S": "x"}, "SK": {"S": "x"}})
