"""What the one table does with answers that no emulator gives."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaigns.domain.inputs import NewCampaign
from campaigns.store.campaigns import CampaignStore
from campaigns.store.table import PartitionFull, Table
from support.memory import MemoryDynamoDB


def creating(monkeypatch: pytest.MonkeyPatch, answer: Any) -> CampaignStore:
    """A store whose transactions get this answer, or this error."""

    def answered(_: MemoryDynamoDB, **request: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        assert request["ReturnItemCollectionMetrics"] == "SIZE"
        return answer

    monkeypatch.setattr(MemoryDynamoDB, "transact_write_items", answered)
    client: Any = MemoryDynamoDB()
    return CampaignStore(Table(client, "table"))


@pytest.mark.parametrize(("size", "warned"), [([0.0, 1.0], False), ([7.0, 8.0], False), ([8.0, 9.0], True)])
def test_a_partition_that_fills_up_leaves_a_line(
    monkeypatch: pytest.MonkeyPatch, log: io.StringIO, size: list[float], warned: bool
) -> None:
    metrics = {"ItemCollectionKey": {"PK": {"S": "TENANT#acme"}}, "SizeEstimateRangeGB": size}
    creating(monkeypatch, {"ItemCollectionMetrics": {"table": [metrics]}}).create("acme", NewCampaign(name="N"))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["message"], line["partition"]) for line in lines] == [
        ("partition nearly full", "TENANT#acme")
    ] * warned


@pytest.mark.parametrize("alone", [True, False])
def test_a_full_partition_is_the_clients_to_empty(monkeypatch: pytest.MonkeyPatch, alone: bool) -> None:
    code = "ItemCollectionSizeLimitExceeded"
    answer: Any = {
        "Error": {"Code": f"{code}Exception" if alone else "TransactionCanceledException", "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "CancellationReasons": [{"Code": code}],
    }
    store = creating(monkeypatch, ClientError(answer, "TransactWriteItems"))
    with pytest.raises(PartitionFull, match="10 GB"):
        store.create("acme", NewCampaign(name="N"))
