"""What rings, and when: the alarms of the template on written scenarios.

Each scenario is a course of metrics, minute by minute (support/alarms.py). A threshold that is changed to one that no
longer says what docs/slo.md and docs/operations.md promise fails here.
"""

import pytest

from support.alarms import Measured, Metrics, rings, states

HOUR, DAY = 60, 24 * 60
ERRORS = ("ServerErrorAlarm", "AvailabilityFastBurnAlarm", "AvailabilityMediumBurnAlarm", "AvailabilitySlowBurnAlarm")
SLOWNESS = ("LatencyAlarm", "LatencyFastBurnAlarm", "LatencyMediumBurnAlarm", "LatencySlowBurnAlarm")
QUIET: dict[str, int] = {}


def calls(*course: tuple[int, float, float, float]) -> Metrics:
    """What the gateway measures: of so many minutes the calls a minute, and the percentage of 5xx and of slow ones."""
    count, errors, latency = list[tuple[int, Measured]](), list[tuple[int, Measured]](), list[tuple[int, Measured]]()
    for minutes, rate, failed, slow in course:
        bad, late = rate * failed / 100, rate * slow / 100
        count.append((minutes, {1: rate} if rate else {}))
        errors.append((minutes, {1: bad, 0: rate - bad} if rate else {}))
        latency.append((minutes, {5_000: late, 80: rate - late} if rate else {}))
    return {"Count": count, "5XXError": errors, "Latency": latency}


def ringing(alarms: tuple[str, ...], metrics: Metrics, since: int = 0) -> dict[str, int]:
    """The alarms that ring, each with the minute of the trouble after which it does."""
    found = {name: rings(name, metrics, since) for name in alarms}
    return {name: minute for name, minute in found.items() if minute is not None}


@pytest.mark.parametrize(
    ("course", "since", "expected"),
    [
        # Outages.
        (
            [(3 * DAY, 5, 0, 0), (10, 5, 100, 0)],
            3 * DAY,
            {
                "ServerErrorAlarm": 1,
                "AvailabilityFastBurnAlarm": 1,
                "AvailabilityMediumBurnAlarm": 3,
                "AvailabilitySlowBurnAlarm": 5,
            },
        ),
        ([(3 * DAY, 1, 0, 0), (10, 1, 100, 0)], 3 * DAY, dict.fromkeys(ERRORS, 5)),
        (
            [(3 * DAY, 30_000, 0, 0), (10, 30_000, 100, 0)],
            3 * DAY,
            {
                "ServerErrorAlarm": 1,
                "AvailabilityFastBurnAlarm": 1,
                "AvailabilityMediumBurnAlarm": 3,
                "AvailabilitySlowBurnAlarm": 5,
            },
        ),
        ([(10, 5, 100, 0)], 0, dict.fromkeys(ERRORS, 1)),  # on the first day there is nothing else in the windows
        # A few errors for good.
        ([(3 * DAY + HOUR, 30_000, 0.02, 0)], 3 * DAY, QUIET),
        ([(3 * DAY + HOUR, 30_000, 0.09, 0)], 3 * DAY, QUIET),
        ([(3 * DAY, 30_000, 0, 0), (37 * HOUR, 30_000, 0.2, 0)], 3 * DAY, {"AvailabilitySlowBurnAlarm": 36 * HOUR + 1}),
        (
            [(3 * DAY, 30_000, 0, 0), (8 * HOUR, 30_000, 0.8, 0)],
            3 * DAY,
            {"AvailabilityMediumBurnAlarm": 4 * HOUR + 31},
        ),
        (
            [(3 * DAY, 30_000, 0, 0), (2 * HOUR, 30_000, 2, 0)],
            3 * DAY,
            {"AvailabilityFastBurnAlarm": 44, "AvailabilityMediumBurnAlarm": 109},
        ),
        # Incidents that pass.
        (
            [(3 * DAY, 600, 0, 0), (10, 600, 10, 0), (HOUR, 600, 0, 0)],
            3 * DAY,
            {"ServerErrorAlarm": 3, "AvailabilityFastBurnAlarm": 9},
        ),
        ([(3 * DAY, 600, 0, 0), (2, 600, 10, 0), (HOUR, 600, 0, 0)], 3 * DAY, QUIET),
        # Nights: one bad call is a large share of few.
        ([(3 * DAY, 1, 0, 0), (1, 1, 100, 0), (HOUR, 1, 0, 0)], 3 * DAY, QUIET),
        ([(3 * DAY, 0, 0, 0), (4, 1, 100, 0), (HOUR, 0, 0, 0)], 3 * DAY, QUIET),
        ([(3 * DAY + HOUR, 0, 0, 0)], 3 * DAY, QUIET),
    ],
)
def test_errors(course: list[tuple[int, float, float, float]], since: int, expected: dict[str, int]) -> None:
    assert ringing(ERRORS, calls(*course), since) == expected
    assert ringing(SLOWNESS, calls(*course), since) == QUIET


@pytest.mark.parametrize(
    ("course", "since", "expected"),
    [
        ([(3 * DAY, 600, 0, 0.5), (5, 600, 0, 20), (HOUR, 600, 0, 0)], 3 * DAY, QUIET),  # a burst of cold starts
        ([(3 * DAY, 600, 0, 0), (HOUR, 600, 0, 2)], 3 * DAY, {"LatencyAlarm": 13}),
        ([(3 * DAY, 600, 0, 0), (HOUR, 600, 0, 20)], 3 * DAY, {"LatencyAlarm": 11, "LatencyFastBurnAlarm": 44}),
        (
            [(3 * DAY, 600, 0, 0), (HOUR, 600, 0, 100)],
            3 * DAY,
            {"LatencyAlarm": 11, "LatencyFastBurnAlarm": 9, "LatencyMediumBurnAlarm": 22, "LatencySlowBurnAlarm": 44},
        ),
        ([(3 * DAY + HOUR, 600, 0, 0.9)], 3 * DAY, QUIET),
        (
            [(6 * DAY, 600, 0, 0), (40 * HOUR, 600, 0, 1.9)],
            6 * DAY,
            {"LatencyAlarm": 13, "LatencySlowBurnAlarm": 37 * HOUR + 54},
        ),
        ([(DAY, 1, 0, 0), (4, 1, 0, 100), (HOUR, 1, 0, 0)], DAY, QUIET),  # four slow calls in a night
    ],
)
def test_slow_calls(course: list[tuple[int, float, float, float]], since: int, expected: dict[str, int]) -> None:
    assert ringing(SLOWNESS, calls(*course), since) == expected
    assert ringing(ERRORS, calls(*course), since) == QUIET


@pytest.mark.parametrize("name", ERRORS[:2])
def test_what_is_over_ends(name: str) -> None:
    incident = calls((3 * DAY, 600, 0, 0), (10, 600, 10, 0), (5, 600, 0, 0))
    assert rings(name, incident, 3 * DAY) is not None
    assert not states(name, incident, 3 * DAY)[-1]


def invocations(*course: tuple[int, float, float, float]) -> Metrics:
    """Of so many minutes a function's calls a minute, and the percentage that ends in an error, or is answered 500."""
    return {
        "Invocations": [(minutes, {1: rate} if rate else {}) for minutes, rate, _, _ in course],
        "Errors": [(minutes, {1: rate * ended / 100} if rate else {}) for minutes, rate, ended, _ in course],
        # A filter that finds no line measures nothing.
        "Faults": [(minutes, {1: rate * faulty / 100} if rate * faulty else {}) for minutes, rate, _, faulty in course],
    }


@pytest.mark.parametrize("name", ["GetCampaignErrorAlarm", "AuthorizeErrorAlarm", "PublishEventsErrorAlarm"])
@pytest.mark.parametrize(
    ("course", "rung"),
    [
        ([(HOUR, 60, 0, 0), (5, 60, 100, 0)], 1),
        ([(HOUR, 60, 0, 0), (5, 60, 0, 100)], 1),
        ([(HOUR, 60, 0, 0), (5, 60, 0, 10)], 2),  # a broken version that gets a tenth of the calls
        ([(HOUR, 60, 0, 0), (5, 60, 5, 5)], 2),
        ([(HOUR, 1, 0, 0), (5, 1, 100, 0)], 3),
        ([(DAY, 30_000, 0.02, 0)], None),
        ([(DAY, 600, 0, 1)], None),
        ([(HOUR, 1, 0, 0), (2, 1, 0, 100), (HOUR, 1, 0, 0)], None),
        ([(HOUR, 0, 0, 0)], None),
    ],
)
def test_one_function(name: str, course: list[tuple[int, float, float, float]], rung: int | None) -> None:
    since = course[0][0] if len(course) > 1 else 0
    assert ringing((name,), invocations(*course), since) == ({name: rung} if rung else QUIET)


def counted(metric: str, *course: tuple[int, float | None]) -> Metrics:
    """Of so many minutes one value a minute; no data where there is none."""
    return {metric: [(minutes, {} if value is None else {value: 1}) for minutes, value in course]}


@pytest.mark.parametrize(
    ("name", "metrics", "rung"),
    [
        ("TableThrottleAlarm", counted("WriteThrottleEvents", (10, None), (3, 5)), 13),
        ("TableThrottleAlarm", counted("WriteThrottleEvents", (10, None), (2, 500), (10, None)), None),
        ("TransactionConflictAlarm", counted("TransactionConflict", (20, 70)), 15),
        ("TransactionConflictAlarm", counted("TransactionConflict", (60, 50)), None),
        ("TransactionConflictAlarm", counted("TransactionConflict", (5, 3_000), (60, None)), None),
        ("ConcurrencyAlarm", counted("ClaimedAccountConcurrency", (10, 100), (3, 810)), 13),
        ("ConcurrencyAlarm", counted("ClaimedAccountConcurrency", (10, 100), (2, 1_000), (10, 100)), None),
        ("ConcurrencyAlarm", counted("ClaimedAccountConcurrency", (60, 800)), None),
        ("CatalogueRuleAlarm", counted("FailedInvocations", (10, None), (1, 1)), 11),
        ("CatalogueRuleAlarm", counted("FailedInvocations", (10, None)), None),
        ("KeyIssuedAlarm", counted("KeyIssued", (10, None), (1, 1)), 11),
        ("GatewayKeysAlarm", counted("GatewayKeys", (1, 7_999), (10, None), (1, 8_001)), 12),
        ("GatewayKeysAlarm", counted("GatewayKeys", (1, 8_000), (10, None)), None),
        ("LargePartitionAlarm", counted("LargePartition", (10, None), (1, 1)), 11),
        ("EventsDeadLetterAlarm", counted("ApproximateNumberOfMessagesVisible", (10, 0), (1, 1)), 11),
        ("EventsDeadLetterAgeAlarm", counted("ApproximateAgeOfOldestMessage", (10, 0), (5, 43_201)), 11),
        ("EventsDeadLetterAgeAlarm", counted("ApproximateAgeOfOldestMessage", (60, 43_200)), None),
        ("CatalogueDeadLetterAgeAlarm", counted("ApproximateAgeOfOldestMessage", (60, 43_201)), None),
        ("CatalogueDeadLetterAgeAlarm", counted("ApproximateAgeOfOldestMessage", (60, 604_801)), 1),
        ("CatalogueQueueAgeAlarm", counted("ApproximateAgeOfOldestMessage", (5, 601)), 5),
        ("CatalogueQueueAgeAlarm", counted("ApproximateAgeOfOldestMessage", (4, 900), (9, 0)), None),
        ("PublishEventsIteratorAgeAlarm", counted("IteratorAge", (9, 0), (5, 300_001)), 14),
        ("ThrottleAlarm", counted("Throttles", (9, 0), (3, 1)), 12),
        ("CanaryErrorAlarm", counted("Errors", (10, 0), (3, 1)), 13),
        ("CanaryErrorAlarm", counted("Errors", (10, 0), (2, 1), (10, 0)), None),
        ("CanaryErrorAlarm", counted("Errors", (10, 0), (5, None)), 13),  # it no longer runs
        ("CanaryErrorAlarm", counted("Errors", (10, 0), (1, 1), (1, None), (1, 0), (1, 1)), 14),
        ("UnauthorisedAlarm", counted("Unauthorised", (20, 61)), 15),
        ("UnauthorisedAlarm", counted("Unauthorised", (60, 60)), None),
        ("UnauthorisedAlarm", counted("Unauthorised", (5, 6_000), (60, None)), None),
        ("ForbiddenAlarm", counted("Forbidden", (60, None), (15, 21)), 75),
        ("RateLimitedAlarm", counted("RateLimited", (60, 200)), None),
        ("RateLimitedAlarm", counted("RateLimited", (20, 201)), 15),
    ],
)
def test_what_is_counted(name: str, metrics: Metrics, rung: int | None) -> None:
    assert ringing((name,), metrics) == ({name: rung} if rung else QUIET)


def test_throttling_that_is_over_ends_though_the_table_says_nothing_more() -> None:
    assert not states("TableThrottleAlarm", counted("WriteThrottleEvents", (3, 5), (5, None)))[-1]
    assert not states("TransactionConflictAlarm", counted("TransactionConflict", (15, 900), (15, None)))[-1]


def test_many_gateway_keys_stay_an_alarm_until_they_are_counted_again() -> None:
    assert states("GatewayKeysAlarm", counted("GatewayKeys", (1, 8_001), (DAY, None)))[-1]
    assert not states("GatewayKeysAlarm", counted("GatewayKeys", (1, 8_001), (DAY, None), (1, 7_000)))[-1]
