"""docs/cost.md is what the script makes, and its arithmetic is that of cases computed by hand."""

import pytest

from tools import cost
from tools.capacity import BEHIND, CAPACITY
from tools.template import written


def test_the_page_is_up_to_date() -> None:
    assert cost.PAGE.read_text() == cost.page(), "run make generate"


def test_a_million_creations_by_hand() -> None:
    """At 0.625 dollars a million write units, 13.3334 a million GB-seconds, 0.20 a million invocations."""
    made = cost.of_a_million("create")
    assert CAPACITY["create"] == (0, 5)
    assert made["gateway"] == 3.5
    assert made["table"] == pytest.approx(5 * 0.625)
    # 14 ms, and 300 more for one in 200, of 1 GB.
    assert made["function"] == pytest.approx(0.20 + 15.5 * 0.0133334)
    # The event, 1.2 GB to the archive, an invocation of 15 ms and its line of 320 bytes, taken in and kept compressed.
    publishing = 0.20 + 15 * 0.0133334 + 0.32 * (0.50 + 0.15 * 0.03)
    # And the history: two write units, and 1.6 GB for a year, backed up.
    history = 2 * 0.625 + 1.6 * 12 * (0.25 + 0.20)
    # And whether a webhook wants it: three requests to the queue, an invocation of 15 ms, a read unit, a line.
    fan_out = 3 * 0.40 + 0.20 + 15 * 0.0133334 + 0.125 + 0.26 * (0.50 + 0.15 * 0.03)
    assert made["events"] == pytest.approx(1.00 + 1.2 * 0.10 + publishing + history + fan_out)


def test_a_million_deliveries_by_hand() -> None:
    """A receiver is waited for; what was delivered is kept for 30 days, and backed up."""
    made = cost.of_a_million_behind("a delivery to a webhook")
    assert BEHIND["a delivery to a webhook"] == (2, 1)
    assert made == {
        "queue": pytest.approx(3 * 0.50),
        "schedules": 0,
        "function": pytest.approx(0.20 + 220 * 0.0133334),
        "table": pytest.approx(2 * 0.125 + 0.625),
        "kept": pytest.approx(1.5 * (0.25 + 0.20)),
        "logs": pytest.approx(0.4 * (0.50 + 0.15 * 0.03)),
        "data out": pytest.approx(1.9 * 0.09),
    }


def test_every_queue_that_is_asked_costs_though_it_is_empty() -> None:
    (row,) = [(count, dollars) for name, count, dollars in cost.fixed() if "empty queues" in name]
    assert row == pytest.approx((5 * 3 * 60 * 24 * 30 * 5 / 1e6, 3.24 * 0.40))


def test_what_comes_by_other_ways_costs_the_same_but_for_the_way() -> None:
    ours, http, url = (cost.of_a_million("get", front) for front in cost.BESIDE)
    assert (ours["gateway"], http["gateway"], url["gateway"]) == (3.5, 1.0, 0.0)
    assert ours["table"] == http["table"] == url["table"] == 0.125
    assert url["authorizer"] == pytest.approx(0.1 * 0.125)  # The key is read all the same.
    assert http["authorizer"] > url["authorizer"]


def test_a_month_without_calls_costs_what_is_there() -> None:
    month = cost.of_a_month(0)
    assert month.pop("fixed") == pytest.approx(sum(dollars for _, _, dollars in cost.fixed()))
    assert set(month.values()) == {0.0}


def test_what_a_row_of_the_list_costs() -> None:
    assert cost.price({"price": "monthly.dashboard"}) == 3.0
    assert cost.price({"price": "calls.get"}) == pytest.approx(sum(cost.of_a_million("get").values()))
    assert cost.price({"milliseconds": 500}) == pytest.approx(0.20 + 500 * 0.0133334)


def test_what_is_of_a_resource_that_is_not_there_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"name": "a row", "count": 2, "price": "monthly.dashboard"}
    for of, expected in ({"of": "Dashboard"}, 6.0), ({}, 6.0), ({"of": "Nothing"}, None):
        monkeypatch.setitem(cost.PRICES, "fixed", [row | of])
        assert {name: dollars for name, _, dollars in cost.fixed()}.get("a row") == expected


@pytest.mark.parametrize("optional", [False, True])
def test_the_gateways_own_line_is_counted_where_there_is_one(optional: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value stands for 16 bytes, and CloudWatch adds 26."""
    setting = {"Format": '{"a":"$context.requestId"}'}
    api = {"Api": {"AccessLogSetting": {"Fn::If": ["HasAccessLogs", setting, {}]} if optional else setting}}
    monkeypatch.setattr(cost, "resources", lambda _: api)
    assert cost.access_line_bytes() == len('{"a":""}') + 16 + 26


def test_a_month_is_the_mix_of_its_calls() -> None:
    assert sum(each["share"] for each in cost.CALLS.values()) == pytest.approx(1)
    assert cost.of_a_month(100_000_000)["gateway"] == pytest.approx(350)
    assert cost.of_a_month(2_000_000)["table"] == pytest.approx(2 * cost.of_a_month(1_000_000)["table"])


@pytest.mark.parametrize(("reservoir", "recorded"), [(0, 1_000_000), (1, 2_592_000 + 974_080)])
def test_traces_by_hand(reservoir: int, recorded: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100 million: one in a hundred, or the first of each second and one in a hundred of the other 97,408,000."""
    rule = {"Sampling": {"SamplingRule": {"ReservoirSize": reservoir, "FixedRate": 0.01}}}
    monkeypatch.setattr(cost, "resources", lambda _: rule)
    assert cost.traces(100_000_000) == pytest.approx(recorded)


def test_an_alarm_pays_for_each_metric_that_it_looks_at() -> None:
    one, ratio = {"MetricName": "Errors"}, {"Metrics": [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a/b"}]}
    alarm = {"Type": "AWS::CloudWatch::Alarm"}
    template = {"Resources": {"A": {**alarm, "Properties": one}, "B": {**alarm, "Properties": ratio}}}
    assert cost.alarm_metrics(template) == 3
    alarms = [each for each in written()["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert cost.alarm_metrics(written()) >= len(alarms) > 10


def test_the_line_that_is_billed_is_the_one_that_is_logged() -> None:
    get, add = cost.line_bytes("get_campaign"), cost.line_bytes("add_sequence")
    assert 26 + 250 < get < 26 + 450
    names = len("AddSequence") - len("GetCampaign")
    assert add - get == names + len("POST /api/campaigns/{id}/sequences/{seqId}") - len("GET /api/campaigns/{id}")
