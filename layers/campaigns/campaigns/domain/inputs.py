"""What clients may send, field by field."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, TypedDict, get_args

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from campaigns.domain.campaign import DATES, MAX_ASSOCIATIONS, MAX_PAIRS, Kind, Status, check_dates
from campaigns.domain.errors import InvalidInput
from campaigns.domain.identifiers import MAX_ID_LENGTH, moment_of, timestamp, utc_now
from campaigns.domain.names import sorted_labels
from campaigns.domain.parsing import Input

# Control characters break terminals and CSV exports; line breaks and tabs are welcome in a description. Format
# characters (emoji joiners, direction marks) stay: they belong to the text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAKS = re.compile(r"[\t\n\r]")
_METADATA_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
MAX_NAME = 200
MAX_DESCRIPTION = 2000
MAX_LABELS = 20
MAX_LABEL = 50
MAX_VALUE = 500
"""Of metadata."""
MAX_LIMIT = 100
DEFAULT_LIMIT = 20
LONGEST_MOMENT = 64
"""Of a time as it is sent, in characters: with more digits of a second than anybody has."""
MOST_AHEAD = timedelta(days=5 * 365 + 2)
"""Five years, of which two at most are leap years."""
_CONTROL = r"\x00-\x1f\x7f-\x9f"
# White space, what Unicode calls ignorable by default or a format, and the blanks of Braille and music: a name of these
# alone looks like none.
_INVISIBLE = (
    r"\s\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
_VISIBLE = re.compile(
    rf"[^{_INVISIBLE}\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
NAME_PATTERN = rf"^[^{_CONTROL}]*[^{_INVISIBLE}{_CONTROL}][^{_CONTROL}]*$"
"""What ``on_one_line`` lets pass, as far as a JSON schema can say it."""


class NewCampaign(NamedTuple):
    """The body of a create request."""

    name: str
    description: str | None = None
    labels: Sequence[str] = ()
    metadata: Mapping[str, str] = {}
    sequences: Sequence[str] = ()
    templates: Sequence[str] = ()
    starts_at: str | None = None
    ends_at: str | None = None


class CampaignPatch(TypedDict, total=False):
    """The body of an update request: a JSON merge patch with at least one field."""

    name: str
    description: str | None
    status: Status
    labels: Sequence[str]
    metadata: Mapping[str, str | None] | None
    startsAt: str | None
    endsAt: str | None
    archived: bool


class CloneOptions(NamedTuple):
    """The body of a clone request."""

    name: str | None = None


def _without_controls(text: str) -> str:
    if _CONTROLS.search(text):
        raise PydanticCustomError("control_characters", "must not contain control characters")
    return text


def on_one_line(text: str) -> str:
    """The text of a name."""
    if not _VISIBLE.search(text):
        raise PydanticCustomError("invisible", "must have at least 1 character that can be seen")
    if _LINE_BREAKS.search(text):
        raise PydanticCustomError("line_breaks", "must not contain line breaks or tabs")
    return _without_controls(text)


def _label(text: str) -> str:
    if "," in text:
        raise PydanticCustomError("comma", "must not contain a comma")
    return on_one_line(text)


def _metadata_key(text: str) -> str:
    if not _METADATA_KEY.fullmatch(text):
        raise PydanticCustomError("metadata_key", "is no key: 1-40 letters, digits, '_', '-' or '.'")
    return text


def _metadata(value: CoreSchema, most: int) -> CoreSchema:
    return core_schema.dict_schema(
        core_schema.no_info_after_validator_function(_metadata_key, core_schema.str_schema()),
        value,
        max_length=most,
        metadata={
            "pydantic_js_updates": {
                "propertyNames": {"pattern": "^[A-Za-z0-9_.-]{1,40}$"},
                "examples": [{"crmId": "42"}],
            }
        },
    )


def _new(startsAt: str | None = None, endsAt: str | None = None, **fields: Any) -> NewCampaign:  # noqa: N803 - as sent
    check_dates(startsAt, endsAt, "endsAt")
    return NewCampaign(**fields, starts_at=startsAt, ends_at=endsAt)


def _patch(**fields: Any) -> CampaignPatch:
    if not fields:
        known = "name, description, status, labels, metadata, startsAt, endsAt, archived"
        raise InvalidInput.of("body", f"must hold at least one of {known}")
    check_dates(fields.get("startsAt"), fields.get("endsAt"), "endsAt")
    patch: Any = fields
    return patch  # type: ignore[no-any-return]


def _date(text: str) -> str:
    moment = moment_of(text) if len(text) <= LONGEST_MOMENT else None
    if moment is None:
        raise PydanticCustomError("moment", "must be a time with its offset, as 2025-09-15T10:00:00Z")
    if moment > utc_now() + MOST_AHEAD:
        raise PydanticCustomError("too_far", "must be at most 5 years ahead")
    try:
        return timestamp(moment)
    except OverflowError as error:
        raise PydanticCustomError("too_early", "must not be before the year 1") from error


def once_each(ids: list[str]) -> list[str]:
    """A list that names nothing twice."""
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("twice", "must name each id once")
    return ids


def _whole_number(value: Any) -> Any:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise PydanticCustomError("whole_number", "must be a whole number from 1 to {most}", {"most": MAX_LIMIT})
    return int(value)


_TEXT_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_NAME = core_schema.no_info_after_validator_function(
    on_one_line,
    core_schema.str_schema(strip_whitespace=True, min_length=1, max_length=MAX_NAME),
    metadata={
        "pydantic_js_updates": {
            "pattern": NAME_PATTERN,
            "examples": ["Q4 Product Launch"],
        }
    },
)
DESCRIPTION = core_schema.nullable_schema(
    core_schema.no_info_after_validator_function(
        _without_controls,
        core_schema.str_schema(max_length=MAX_DESCRIPTION),
        metadata={
            "pydantic_js_updates": {
                "pattern": _TEXT_PATTERN,
                "examples": ["Everything around the launch in October"],
            }
        },
    )
)
_LABELS = core_schema.no_info_after_validator_function(
    sorted_labels,
    core_schema.list_schema(
        core_schema.no_info_after_validator_function(
            _label,
            core_schema.str_schema(strip_whitespace=True, min_length=1, max_length=MAX_LABEL),
            metadata={"pydantic_js_updates": {"pattern": NAME_PATTERN.replace(_CONTROL, _CONTROL + ",")}},
        ),
        max_length=MAX_LABELS,
    ),
    metadata={"pydantic_js_updates": {"examples": [["emea", "q4"]]}},
)
_METADATA_VALUE = core_schema.no_info_after_validator_function(
    _without_controls,
    core_schema.str_schema(max_length=MAX_VALUE),
    metadata={"pydantic_js_updates": {"pattern": _TEXT_PATTERN}},
)
# Any text: an id that can't exist is not known, as others are.
IDS = core_schema.no_info_after_validator_function(
    once_each,
    core_schema.list_schema(
        core_schema.str_schema(metadata={"pydantic_js_updates": {"maxLength": MAX_ID_LENGTH}}),
        max_length=MAX_ASSOCIATIONS,
    ),
    metadata={"pydantic_js_updates": {"uniqueItems": True, "examples": [["onboarding", "win-back"]]}},
)
CONTENTS: dict[str, CoreSchema] = {kind.plural: IDS for kind in Kind}
"""The ids of each kind."""
# Strictly speaking some of ISO 8601 that is no RFC 3339 passes, too.
_DATE = core_schema.nullable_schema(
    core_schema.no_info_after_validator_function(
        _date,
        core_schema.str_schema(),
        metadata={
            "pydantic_js_updates": {
                "format": "date-time",
                "maxLength": LONGEST_MOMENT,
                "examples": ["2026-10-05T09:00:00+02:00"],
            }
        },
    )
)
_DATES = dict.fromkeys(DATES, _DATE)
NEW_CAMPAIGN = Input(
    _new,
    {"name": _NAME},
    {
        "description": DESCRIPTION,
        "labels": _LABELS,
        "metadata": _metadata(_METADATA_VALUE, MAX_PAIRS),
        **CONTENTS,
        **_DATES,
    },
)
CAMPAIGN_PATCH = Input(
    _patch,
    {},
    {
        "name": _NAME,
        "description": DESCRIPTION,
        "status": core_schema.literal_schema(list(get_args(Status))),
        "labels": core_schema.no_info_after_validator_function(
            lambda labels: labels or (), core_schema.nullable_schema(_LABELS)
        ),
        "metadata": core_schema.nullable_schema(
            # All pairs in place of all others: as many go as come.
            _metadata(core_schema.nullable_schema(_METADATA_VALUE), 2 * MAX_PAIRS)
        ),
        **_DATES,
        "archived": core_schema.bool_schema(strict=True),
    },
    {"minProperties": 1},
)
CLONE_OPTIONS = Input(CloneOptions, {}, {"name": _NAME})
PAGE = {
    "limit": core_schema.no_info_before_validator_function(_whole_number, core_schema.int_schema(ge=1, le=MAX_LIMIT)),
    "cursor": core_schema.str_schema(),
}
"""What every list takes."""
