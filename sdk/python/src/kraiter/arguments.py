"""What the methods on campaigns make of their arguments."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from kraiter.models import Contents, Moment, Status


class _Keep:
    """Says that an update leaves a field alone; None clears it."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Any = _Keep()


def creation(
    name: str,
    description: str | None,
    labels: Iterable[str],
    metadata: Mapping[str, str] | None,
    sequences: Iterable[str],
    templates: Iterable[str],
    starts_at: Moment | None,
    ends_at: Moment | None,
) -> dict[str, Any]:
    """The fields of a creation."""
    dates = {"startsAt": moment("starts_at", starts_at), "endsAt": moment("ends_at", ends_at)}
    lists = {"labels": several(labels), "sequences": several(sequences), "templates": several(templates)}
    return {"name": name, "description": description, "metadata": dict(metadata or {}), **lists, **dates}


def patch_of(
    name: str,
    description: str | None,
    status: Status,
    labels: Iterable[str] | None,
    metadata: Mapping[str, str | None] | None,
    archived: bool,
    starts_at: Moment | None,
    ends_at: Moment | None,
) -> dict[str, Any]:
    """The fields that are given."""
    if labels is not KEEP and labels is not None:
        labels = several(labels)
    if metadata is not KEEP and metadata is not None:
        metadata = dict(metadata)
    return _given(
        name=name,
        description=description,
        status=status,
        labels=labels,
        metadata=metadata,
        archived=archived,
        startsAt=moment("starts_at", starts_at),
        endsAt=moment("ends_at", ends_at),
    )


def changes(add: Contents | None, remove: Contents | None) -> dict[str, Any]:
    """What comes in, and what goes out."""
    given: dict[str, Any] = {"add": add or {}, "remove": remove or {}}
    return {verb: {kind: several(ids) for kind, ids in each.items()} for verb, each in given.items()}


def moment(name: str, value: Any) -> Any:
    """A moment as the API takes it; what is no ``datetime`` stays as it is."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError(f"{name} must have a time zone: datetime.now(UTC), say")
    return value.isoformat()


def several(texts: Any) -> list[str]:
    """One text alone would be taken for its letters."""
    if isinstance(texts, str):
        raise TypeError(f"give a list of texts instead of {texts!r}")
    return list(texts)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not KEEP}
