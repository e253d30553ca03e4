"""CloudWatch alarms of the template on made-up metrics: which of them ring, and from which minute on.

As CloudWatch documents it: the window slides by a minute; each of its periods gives one data point, a statistic of a
metric or an expression over several; M of N decide; missing data counts as the alarm says. What is simpler here:
CloudWatch looks at somewhat older data points before it takes one for missing.
"""

import ast
import operator
import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from tools.template import resources

type Measured = dict[float, float]
"""What one minute measured: each value, and how often."""
type Series = list[tuple[int, Measured]]
"""How many minutes long, and what each of them measured; nothing where there is no data."""
type Metrics = dict[str, Series]
"""By the metric's name."""

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Alarm(NamedTuple):
    """One metric alarm."""

    queries: dict[str, dict[str, Any]]
    """Metrics and expressions by id."""
    shown: str
    """The id whose value is compared."""
    period: int
    """Minutes."""
    periods: int
    needed: int
    breaches: Callable[[float, float], bool]
    threshold: float
    missing: str


def rings(logical_id: str, metrics: Metrics, since: int = 0) -> int | None:
    """After how many minutes an alarm of the template rings, a composite one included; none if it never does.

    ``since`` is the minute from which on the alarm is looked at; what was measured before counts all the same.
    """
    return next((minute for minute, state in enumerate(states(logical_id, metrics, since), 1) if state), None)


def states(logical_id: str, metrics: Metrics, since: int = 0) -> list[bool]:
    """Whether an alarm rings, after each minute."""
    parts = _parts(logical_id)
    return [all(at_once) for at_once in zip(*(_states(alarm(each), metrics, since) for each in parts), strict=True)]


@cache
def alarm(logical_id: str) -> Alarm:
    """An alarm of the template."""
    properties = resources("AWS::CloudWatch::Alarm")[logical_id]
    queries = {each["Id"]: each for each in properties.get("Metrics", [])}
    if not queries:
        plain = {name: properties[name] for name in ("MetricName", "Namespace") if name in properties}
        stat = properties.get("Statistic") or properties["ExtendedStatistic"]
        queries = {"plain": {"MetricStat": {"Metric": plain, "Stat": stat, "Period": properties["Period"]}}}
    (shown,) = [id_ for id_, query in queries.items() if query.get("ReturnData", True)]
    (period,) = {int(query["MetricStat"]["Period"]) for query in queries.values() if "MetricStat" in query}
    periods = int(properties["EvaluationPeriods"])
    return Alarm(
        queries,
        shown,
        period // 60,
        periods,
        int(properties.get("DatapointsToAlarm", periods)),
        COMPARE[properties["ComparisonOperator"]],
        float(properties["Threshold"]),
        # Of this namespace missing data is always ignored, whatever the alarm says.
        "ignore" if properties.get("Namespace") == "AWS/DynamoDB" else properties["TreatMissingData"],
    )


def _parts(logical_id: str) -> list[str]:
    """The alarms that all ring when this one does: those that a composite one names, or itself."""
    composite = resources("AWS::CloudWatch::CompositeAlarm").get(logical_id)
    if composite is None:
        return [logical_id]
    separator, parts = composite["AlarmRule"]["Fn::Join"]
    rule = separator.join(part if isinstance(part, str) else part["Ref"] for part in parts)
    assert re.fullmatch(r'ALARM\("\w+"\)( AND ALARM\("\w+"\))*', rule), rule
    return re.findall(r'"(\w+)"', rule)


def _states(alarm: Alarm, metrics: Metrics, since: int) -> list[bool]:
    length = max(sum(minutes for minutes, _ in series) for series in metrics.values())
    state, states = False, list[bool]()
    points: dict[int, float | None] = {}
    for now in range(since + 1, length + 1):
        for nth in range(alarm.periods):
            end = now - nth * alarm.period
            if end not in points:
                points[end] = _value(alarm, alarm.shown, metrics, end) if end > 0 else None
        known = [points[now - nth * alarm.period] for nth in range(alarm.periods)]
        if alarm.missing == "ignore" and None in known:
            known = [value for value in known if value is not None]
        breaching = sum(
            alarm.missing == "breaching" and now >= alarm.period * alarm.periods
            if value is None
            else alarm.breaches(value, alarm.threshold)
            for value in known
        )
        if known:
            state = breaching >= alarm.needed
        states.append(state)
    return states


def _value(alarm: Alarm, id_: str, metrics: Metrics, end: int) -> float | None:
    """What a metric or an expression says of the period that ends with a minute; nothing where there is no data."""
    query = alarm.queries[id_]
    if "Expression" not in query:
        stat = query["MetricStat"]
        return _statistic(stat["Stat"], _within(metrics.get(stat["Metric"]["MetricName"], []), end - alarm.period, end))
    text = query["Expression"]
    text = text if isinstance(text, str) else text["Fn::Sub"].replace("${AccountConcurrency}", "1000")
    return _calculated(_parsed(text), lambda name: _value(alarm, name, metrics, end))


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _calculated(node: ast.expr, named: Callable[[str], float | None]) -> float | None:
    """Metric math, as far as the template uses it. What has no data, or is divided by nothing, gives none."""
    match node:
        case ast.Constant(float() | int() as number):
            return float(number)
        case ast.Name(name):
            return named(name)
        case ast.Call(ast.Name("FILL"), [filled, by]):
            value = _calculated(filled, named)
            return _calculated(by, named) if value is None else value
        case ast.Call(ast.Name("IF"), [condition, then, otherwise]):
            decided = _calculated(condition, named)
            return None if decided is None else _calculated(then if decided else otherwise, named)
        case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]):
            operands = _calculated(left, named), _calculated(right, named)
            if operands[0] is None or operands[1] is None or (isinstance(sign, ast.Div) and not operands[1]):
                return None
            return float(OPERATORS[type(sign)](operands[0], operands[1]))
    raise NotImplementedError(ast.unparse(node))


def _within(series: Series, start: int, end: int) -> Measured:
    """All that was measured from one minute to another."""
    found, at = defaultdict[float, float](float), 0
    for minutes, measured in series:
        if (common := min(end, at + minutes) - max(start, at)) > 0:
            for value, count in measured.items():
                found[value] += count * common
        at += minutes
    return dict(found)


def _statistic(name: str, measured: Measured) -> float | None:
    count = sum(measured.values())
    if not count:
        return None
    total = sum(value * times for value, times in measured.items())
    if rank := re.fullmatch(r"PR\((\d+):(\d+)\)", name):
        low, high = map(float, rank.groups())
        return 100 * sum(times for value, times in measured.items() if low < value <= high) / count
    return {"Sum": total, "Average": total / count, "Maximum": max(measured)}[name]
