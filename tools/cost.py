"""Writes docs/cost.md: what each call and a month costs, from units that tests count and the prices of prices.toml.

The lines that are logged are measured, alarms and the like counted in the template; what is assumed says prices.toml.
"""

import io
import json
import os
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from campaigns.domain.actors import Author
from campaigns.domain.campaign import Campaign
from campaigns.http.endpoint import Response, endpoint
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.requests.campaigns import campaign_item
from tools.capacity import BEHIND, CAPACITY, FINDING, HISTORY_UNITS, size
from tools.markdown import table, with_section
from tools.template import ROOT, resources, written

PAGE = ROOT / "docs" / "cost.md"
PRICES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "prices.toml").read_text())
ASSUMED, MILLION, GIGABYTE, CALLS = (PRICES[name] for name in ("assumptions", "per_million", "per_gigabyte", "calls"))
BEHIND_QUEUES: dict[str, dict[str, int]] = PRICES["behind_queues"]
BESIDE = {"REST API": "rest_api", "HTTP API": "http_api", "function URL": None}
"""What a request comes through, ours first, and the price of that."""
FAN_OUT = "an event that webhooks may want"
"""What each event leads to, also where there is no webhook."""
EMPTY_QUEUE_REQUESTS = 0.648
"""Million requests a month to a queue without messages: five pollers, each every 20 seconds."""
PARTS = ("gateway", "function", "table", "logs", "authorizer", "events", "data out")
MONTHS = (0, 1_000_000, 100_000_000)
LINE_OVERHEAD = 26
"""Bytes that CloudWatch counts besides those of a line."""
ITEM_OVERHEAD = 100
"""Bytes that DynamoDB keeps, and bills, besides those of an item or an entry of an index."""

type Costs = dict[str, float]
"""Dollars by part."""


def of_a_million(call: str, front: str = "REST API") -> Costs:
    """A million of a call, its traces apart."""
    each = CALLS[call]
    read, write = (CAPACITY | FINDING)[call]
    lines = line_bytes(each["function"]) + (access_line_bytes() if front == "REST API" else 0)
    billed = each["milliseconds"] + ASSUMED["cold_starts"] * ASSUMED["cold_milliseconds"]
    key_read = MILLION["read_units"]
    # Behind a URL there is no authorizer: the function reads the key, and keeps the answer as long.
    authorizer = (
        0.0 if front == "function URL" else invocations(ASSUMED["authorizer_milliseconds"]) + logged(line_bytes())
    )
    event = MILLION["events"] + gigabytes(ASSUMED["event_bytes"]) * GIGABYTE["archive"]
    kept = gigabytes(ASSUMED["history_bytes"]) * ASSUMED["history_months"] * kept_for_a_month()
    history = HISTORY_UNITS * MILLION["write_units"] + kept
    publish = invocations(ASSUMED["publish_milliseconds"]) + logged(ASSUMED["published_line_bytes"])
    return {
        "gateway": MILLION[BESIDE[front]] if BESIDE[front] else 0.0,
        "function": invocations(billed),
        "table": read * MILLION["read_units"] + write * MILLION["write_units"],
        "logs": logged(lines),
        "authorizer": ASSUMED["authorizer_misses"] * (key_read + authorizer),
        "events": each["events"]
        * (event + history + publish / ASSUMED["published_together"] + sum(of_a_million_behind(FAN_OUT).values())),
        "data out": gigabytes(each["answer_bytes"] + ASSUMED["answered_header_bytes"]) * GIGABYTE["out"],
    }


def of_a_million_behind(name: str) -> Costs:
    """A million of what a message in a queue leads to."""
    each = BEHIND_QUEUES[name]
    read, write = BEHIND[name]
    return {
        "queue": sum(each[kind] * MILLION[kind] for kind in ("queue_requests", "fair_requests")),
        "schedules": each["schedules"] * MILLION["schedules"],
        "function": invocations(each["milliseconds"]),
        "table": read * MILLION["read_units"] + write * MILLION["write_units"],
        "kept": gigabytes(each["kept_bytes"]) * kept_for_a_month(),
        "logs": logged(each["line_bytes"]),
        "data out": gigabytes(each["sent_bytes"]) * GIGABYTE["out"],
    }


def invocations(milliseconds: float) -> float:
    """A million of a function that is billed so long."""
    memory = written()["Globals"]["Function"]["MemorySize"] / 1024
    return float(MILLION["invocations"] + 1000 * milliseconds * memory * GIGABYTE["second"])


def logged(line: float) -> float:
    """A million lines of so many bytes, taken in and kept."""
    kept = ASSUMED["log_months"] * ASSUMED["log_compressed"] * GIGABYTE["log_month"]
    return float(gigabytes(line) * (GIGABYTE["log"] + kept))


def kept_for_a_month() -> float:
    """A gigabyte in the table, and its backup."""
    return float(GIGABYTE["table_month"] + GIGABYTE["recovery_month"])


def gigabytes(each: float) -> float:
    """A million times so many bytes."""
    return each * 1_000_000 / 1e9


def line_bytes(function: str = "get_campaign") -> int:
    """The line that a function logs of a request to it, as its own wrapper writes it."""
    event = json.loads((ROOT / "events" / f"{function}.json").read_text())
    name = f"campaigns-prod-{function.title().replace('_', '')}Function-1ABCDEFGHIJKL"
    context: Any = SimpleNamespace(
        function_name=name,
        memory_limit_in_mb=1024,
        invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}:live",
        aws_request_id="0d0b9c6a-3d0a-4b7e-9f2e-6d7f0c0f0a01",
        get_remaining_time_in_millis=lambda: 20_000,
    )
    os.environ.setdefault("CAMPAIGNS_RATE_LIMIT_POLICY", "none")
    handler = endpoint(
        f"{event['httpMethod']} {event['resource']}", lambda _request, _store: Response(200), None, needs=None
    )
    with patch.object(logger.handlers[0], "stream", io.StringIO()) as log:
        handler(event, context)
        log.truncate(log.seek(0))  # The first line says cold_start.
        handler(event, context)
    return len(log.getvalue().strip().encode()) + LINE_OVERHEAD


def access_line_bytes() -> int:
    """The gateway's line of a request, where the template has one."""
    (api,) = resources("AWS::Serverless::Api").values()
    setting = api.get("AccessLogSetting", {})
    line = setting.get("Fn::If", ["", setting])[1].get("Format", "")  # where it is on, if that is a choice
    line = line if isinstance(line, str) else json.dumps(line)
    filled = re.sub(r"\$context\.[\w.]+", "x" * ASSUMED["access_value_bytes"], line)
    return len(filled) + LINE_OVERHEAD if line else 0


def of_a_month(calls: int, front: str = "REST API") -> Costs:
    """A month with so many calls, in the mix that is assumed."""
    costs = dict.fromkeys(PARTS, 0.0)
    for call, each in CALLS.items():
        for part, dollars in of_a_million(call, front).items():
            costs[part] += dollars * each["share"] * calls / 1_000_000
    # HTTP APIs and URLs are not traced by rule; the function would be, alike.
    traced = traces(calls) * MILLION["traces"] / 1_000_000
    return {**costs, "traces": traced, "fixed": sum(dollars for _, _, dollars in fixed())}


def traces(calls: int) -> float:
    """How many are recorded of calls that come evenly: by the rule, some of each second and a share of the others."""
    (rule,) = (each["SamplingRule"] for each in resources("AWS::XRay::SamplingRule").values())
    first: float = min(calls, rule["ReservoirSize"] * ASSUMED["month_seconds"])
    return float(first + rule["FixedRate"] * (calls - first))


def fixed() -> list[tuple[str, float, float]]:
    """What a month costs without a call: what, how many, dollars."""
    monthly = PRICES["monthly"]
    counted = [
        ("Alarms, by the metrics that they look at", alarm_metrics(written()), monthly["alarm_metric"]),
        ("Composite alarms", len(resources("AWS::CloudWatch::CompositeAlarm")), monthly["composite_alarm"]),
        ("Dashboards", len(resources("AWS::CloudWatch::Dashboard")), monthly["dashboard"]),
        ("Metrics of lines in the log", len(resources("AWS::Logs::MetricFilter")), monthly["log_metric"]),
    ]
    there = written()["Resources"]
    queues = sum(
        event["Type"] == "SQS"
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
    )
    counted.append(
        (
            f"Lambda asks {queues} empty queues: five pollers each, every 20 seconds, a million requests",
            queues * EMPTY_QUEUE_REQUESTS,
            MILLION["queue_requests"],
        )
    )
    counted += [(row["name"], row["count"], price(row)) for row in PRICES["fixed"] if row.get("of", "Table") in there]
    return [(name, count, count * price) for name, count, price in counted]


def price(row: dict[str, Any]) -> float:
    """Of one: what the row names, a million of a call, or a million invocations that are billed so long."""
    if "milliseconds" in row:
        return invocations(row["milliseconds"])
    section, _, name = row["price"].partition(".")
    return sum(of_a_million(name).values()) if section == "calls" else float(PRICES[section][name])


def alarm_metrics(template: dict[str, Any]) -> int:
    """The metrics that a template's alarms look at; one that computes pays for each that it computes from."""
    return sum(
        len([each for each in resource["Properties"]["Metrics"] if "MetricStat" in each])
        if "Metrics" in resource["Properties"]
        else 1
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    )


def campaign_bytes() -> int:
    """What the table keeps of a campaign: the item, and its entries in the indexes."""
    moment = "2026-11-27T09:00:00.000Z"
    campaign = Campaign(
        id="cmp_01K56D2A80T5E6QJ3Z8W2N4V7X",
        name="Q4 Product Launch",
        description="Everything around the launch in October",
        status="draft",
        sequences=(),
        templates=(),
        created_at=moment,
        updated_at=moment,
        version=1,
    )
    author = Author(
        {"type": "api_key", "id": "key_01K56D2A80T5E6QJ3Z8W2N4V7X", "name": "Marketing"},
        {"id": "Q8fT1EXAMPLEjEw=", "ip": "198.51.100.7", "userAgent": "campaigns-python/1.0.0 (CPython 3.13.0; Linux)"},
    )
    with working_for("acme", author):
        item = campaign_item("acme", campaign)
    (table,) = resources("AWS::DynamoDB::Table").values()
    kept = size(item) + ITEM_OVERHEAD
    for index in table["LocalSecondaryIndexes"]:
        names = {"PK", "SK", index["KeySchema"][1]["AttributeName"], *index["Projection"]["NonKeyAttributes"]}
        kept += size({name: item[name] for name in names if name in item}) + ITEM_OVERHEAD
    return kept


def sections() -> dict[str, str]:
    """What the page says in figures, by the name of its section."""
    kept = campaign_bytes()
    for_a_gigabyte = kept_for_a_month()
    return {
        "prices": f"Prices of {PRICES['region']} as known on {PRICES['date']}, in dollars, without free tier and "
        "discounts.",
        "calls": table(["a million of", *PARTS, *(f"all, by {front}" for front in BESIDE)], list(map(call_row, CALLS))),
        "behind": table(
            ["a million of", *of_a_million_behind(FAN_OUT), "all"],
            [
                [name, *map(dollars, costs.values()), dollars(sum(costs.values()))]
                for name in BEHIND_QUEUES
                for costs in [of_a_million_behind(name)]
            ],
        ),
        "months": table(["a month", *(f"{count:,} calls" for count in MONTHS)], month_rows()),
        "fixed": table(
            ["each month", "how many", "dollars"],
            [[name, f"{count:g}", dollars(cost)] for name, count, cost in fixed()],
        ),
        "storage": f"A thousand small campaigns take {kept / 1e3:.2f} MB with their entries in the indexes; kept and "
        f"backed up they cost {kept * 1e3 / 1e9 * for_a_gigabyte:.5f} dollars a month, a million "
        f"{kept * 1e6 / 1e9 * for_a_gigabyte:.2f}.",
        "lines": f"A GET of a campaign leaves a line of {line_bytes() - LINE_OVERHEAD} bytes in the log, and of the "
        f"gateway {max(0, access_line_bytes() - LINE_OVERHEAD)}; CloudWatch counts {LINE_OVERHEAD} more for each.",
        "assumed": table(
            ["assumed", "value"], [[name.replace("_", " "), f"{value:,}"] for name, value in ASSUMED.items()]
        ),
        "mix": table(
            ["call", "share of the calls", "milliseconds billed", "bytes answered", "events"],
            [
                [
                    call,
                    f"{each['share']:.0%}",
                    *(f"{each[name]:,}" for name in ("milliseconds", "answer_bytes", "events")),
                ]
                for call, each in CALLS.items()
            ],
        ),
        "taken": table(
            ["behind the queues", *(name.replace("_", " ") for name in BEHIND_QUEUES[FAN_OUT])],
            [[name, *(f"{value:,}" for value in each.values())] for name, each in BEHIND_QUEUES.items()],
        ),
    }


def call_row(call: str) -> list[str]:
    """A million of a call by part, and in all by each way."""
    totals = [sum(of_a_million(call, front).values()) for front in BESIDE]
    return [call, *(dollars(each) for each in of_a_million(call).values()), *map(dollars, totals)]


def month_rows() -> list[list[str]]:
    """Each part of a month, for each number of calls, and all of it by each way."""
    months = [of_a_month(calls) for calls in MONTHS]
    rows = [[part, *(dollars(month[part]) for month in months)] for part in months[0]]
    totals = {front: [sum(of_a_month(calls, front).values()) for calls in MONTHS] for front in BESIDE}
    return rows + [[f"all, by {front}", *map(dollars, each)] for front, each in totals.items()]


def dollars(value: float) -> str:
    """To the cent."""
    return f"{value:,.2f}"


def page() -> str:
    """The page as it should be."""
    text = PAGE.read_text()
    for name, section in sections().items():
        text = with_section(text, name, "generate", section)
    return text


if __name__ == "__main__":
    PAGE.write_text(page())
