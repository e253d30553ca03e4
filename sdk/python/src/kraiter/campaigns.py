"""The methods on campaigns, with and without ``await``."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from kraiter import calls
from kraiter.calls import Steps
from kraiter.models import Campaign, Contents, Page, Status

T = TypeVar("T")


class _Keep:
    """Says that an update leaves a field alone; None clears it."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Any = _Keep()


class CampaignList:
    """The campaigns of the list, newest first; further pages are fetched as they are needed."""

    def __init__(self, page: Callable[[str | None], Page], cursor: str | None) -> None:
        self._page = page
        self._cursor = cursor

    def __iter__(self) -> Iterator[Campaign]:
        for page in self.pages():
            yield from page.data

    def pages(self) -> Iterator[Page]:
        """The same, page by page."""
        page = self._page(self._cursor)
        yield page
        while page.next_cursor is not None:
            page = self._page(page.next_cursor)
            yield page


class AsyncCampaignList:
    """The campaigns of the list, newest first; further pages are fetched as they are needed."""

    def __init__(self, page: Callable[[str | None], Awaitable[Page]], cursor: str | None) -> None:
        self._page = page
        self._cursor = cursor

    async def __aiter__(self) -> AsyncIterator[Campaign]:
        async for page in self.pages():
            for campaign in page.data:
                yield campaign

    async def pages(self) -> AsyncIterator[Page]:
        """The same, page by page."""
        page = await self._page(self._cursor)
        yield page
        while page.next_cursor is not None:
            page = await self._page(page.next_cursor)
            yield page


class Campaigns:
    """Campaigns, and what is part of them. Every method may raise a ``KraiterError``."""

    def __init__(self, take: Callable[[Steps[Any]], Any], retries: int) -> None:
        self._take = take
        self._retries = retries

    def create(
        self,
        *,
        name: str,
        description: str | None = None,
        labels: Iterable[str] = (),
        metadata: Mapping[str, str] | None = None,
        sequences: Iterable[str] = (),
        templates: Iterable[str] = (),
        idempotency_key: str | None = None,
    ) -> Campaign:
        """Make a draft with all that it shall hold (ids, up to 49), or nothing.

        With the ``idempotency_key`` of an earlier call, that call's campaign is answered again.
        """
        fields = _creation(name, description, labels, metadata, sequences, templates)
        return self._do(calls.create(fields, idempotency_key, self._retries))

    def clone(self, campaign_id: str, *, name: str | None = None, idempotency_key: str | None = None) -> Campaign:
        """Make a draft with all that a campaign holds: ``Copy of`` it, unless it gets a ``name`` of its own."""
        return self._do(calls.clone(campaign_id, name, idempotency_key, self._retries))

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> CampaignList:
        """All campaigns, newest first, in pages of ``limit`` (1-100, 20 unless given), from ``cursor`` on."""
        return CampaignList(lambda after: self._do(calls.page(limit, after, self._retries)), cursor)

    def get(self, campaign_id: str) -> Campaign:
        """One campaign."""
        return self._do(calls.get(campaign_id, self._retries))

    def update(
        self,
        campaign_id: str,
        *,
        name: str = KEEP,
        description: str | None = KEEP,
        status: Status = KEEP,
        labels: Iterable[str] | None = KEEP,
        metadata: Mapping[str, str | None] | None = KEEP,
        archived: bool = KEEP,
        if_match: Campaign | str | None = None,
    ) -> Campaign:
        """Set the fields that are given; only where the campaign is still as ``if_match`` (a campaign, or an ETag).

        Labels are replaced as a whole. Metadata are merged: None removes a key, or all.
        """
        patch = _patch(name, description, status, labels, metadata, archived)
        return self._do(calls.update(campaign_id, patch, if_match, self._retries))

    def delete(self, campaign_id: str, *, if_match: Campaign | str | None = None) -> None:
        """Delete a campaign; its sequences and templates stay. Only where it is still as ``if_match``."""
        self._do(calls.delete(campaign_id, if_match, self._retries))

    def change_associations(
        self,
        campaign_id: str,
        *,
        add: Contents | None = None,
        remove: Contents | None = None,
        if_match: Campaign | str | None = None,
    ) -> Campaign:
        """Take several in and out in one change, or none: ``add={"sequences": ["onboarding"]}``.

        What is part already, or is not, is no error. 49 come in at most, or 99 go out.
        """
        return self._do(calls.change_associations(campaign_id, _changes(add, remove), if_match, self._retries))

    def set_sequences(
        self, campaign_id: str, sequence_ids: Iterable[str], *, if_match: Campaign | str | None = None
    ) -> Campaign:
        """Let the campaign hold exactly these sequences, in this order."""
        return self._do(
            calls.set_associations(campaign_id, "sequence", _several(sequence_ids), if_match, self._retries)
        )

    def set_templates(
        self, campaign_id: str, template_ids: Iterable[str], *, if_match: Campaign | str | None = None
    ) -> Campaign:
        """Let the campaign hold exactly these templates, in this order."""
        return self._do(
            calls.set_associations(campaign_id, "template", _several(template_ids), if_match, self._retries)
        )

    def add_sequence(self, campaign_id: str, sequence_id: str) -> Campaign:
        """Add a sequence."""
        return self._do(calls.add(campaign_id, "sequence", sequence_id, self._retries))

    def remove_sequence(self, campaign_id: str, sequence_id: str, *, if_match: Campaign | str | None = None) -> None:
        """Take a sequence out, where it is part; only where the campaign is still as ``if_match``."""
        self._do(calls.remove(campaign_id, "sequence", sequence_id, if_match, self._retries))

    def add_template(self, campaign_id: str, template_id: str) -> Campaign:
        """Add a template."""
        return self._do(calls.add(campaign_id, "template", template_id, self._retries))

    def remove_template(self, campaign_id: str, template_id: str, *, if_match: Campaign | str | None = None) -> None:
        """Take a template out, where it is part; only where the campaign is still as ``if_match``."""
        self._do(calls.remove(campaign_id, "template", template_id, if_match, self._retries))

    def _do(self, steps: Steps[T]) -> T:
        result: T = self._take(steps)
        return result


class AsyncCampaigns:
    """Campaigns, and what is part of them. Every method may raise a ``KraiterError``."""

    def __init__(self, take: Callable[[Steps[Any]], Awaitable[Any]], retries: int) -> None:
        self._take = take
        self._retries = retries

    async def create(
        self,
        *,
        name: str,
        description: str | None = None,
        labels: Iterable[str] = (),
        metadata: Mapping[str, str] | None = None,
        sequences: Iterable[str] = (),
        templates: Iterable[str] = (),
        idempotency_key: str | None = None,
    ) -> Campaign:
        """Make a draft with all that it shall hold (ids, up to 49), or nothing.

        With the ``idempotency_key`` of an earlier call, that call's campaign is answered again.
        """
        fields = _creation(name, description, labels, metadata, sequences, templates)
        return await self._do(calls.create(fields, idempotency_key, self._retries))

    async def clone(self, campaign_id: str, *, name: str | None = None, idempotency_key: str | None = None) -> Campaign:
        """Make a draft with all that a campaign holds: ``Copy of`` it, unless it gets a ``name`` of its own."""
        return await self._do(calls.clone(campaign_id, name, idempotency_key, self._retries))

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> AsyncCampaignList:
        """All campaigns, newest first, in pages of ``limit`` (1-100, 20 unless given), from ``cursor`` on."""
        return AsyncCampaignList(lambda after: self._do(calls.page(limit, after, self._retries)), cursor)

    async def get(self, campaign_id: str) -> Campaign:
        """One campaign."""
        return await self._do(calls.get(campaign_id, self._retries))

    async def update(
        self,
        campaign_id: str,
        *,
        name: str = KEEP,
        description: str | None = KEEP,
        status: Status = KEEP,
        labels: Iterable[str] | None = KEEP,
        metadata: Mapping[str, str | None] | None = KEEP,
        archived: bool = KEEP,
        if_match: Campaign | str | None = None,
    ) -> Campaign:
        """Set the fields that are given; only where the campaign is still as ``if_match`` (a campaign, or an ETag).

        Labels are replaced as a whole. Metadata are merged: None removes a key, or all.
        """
        patch = _patch(name, description, status, labels, metadata, archived)
        return await self._do(calls.update(campaign_id, patch, if_match, self._retries))

    async def delete(self, campaign_id: str, *, if_match: Campaign | str | None = None) -> None:
        """Delete a campaign; its sequences and templates stay. Only where it is still as ``if_match``."""
        await self._do(calls.delete(campaign_id, if_match, self._retries))

    async def change_associations(
        self,
        campaign_id: str,
        *,
        add: Contents | None = None,
        remove: Contents | None = None,
        if_match: Campaign | str | None = None,
    ) -> Campaign:
        """Take several in and out in one change, or none: ``add={"sequences": ["onboarding"]}``.

        What is part already, or is not, is no error. 49 come in at most, or 99 go out.
        """
        return await self._do(calls.change_associations(campaign_id, _changes(add, remove), if_match, self._retries))

    async def set_sequences(
        self, campaign_id: str, sequence_ids: Iterable[str], *, if_match: Campaign | str | None = None
    ) -> Campaign:
        """Let the campaign hold exactly these sequences, in this order."""
        return await self._do(
            calls.set_associations(campaign_id, "sequence", _several(sequence_ids), if_match, self._retries)
        )

    async def set_templates(
        self, campaign_id: str, template_ids: Iterable[str], *, if_match: Campaign | str | None = None
    ) -> Campaign:
        """Let the campaign hold exactly these templates, in this order."""
        return await self._do(
            calls.set_associations(campaign_id, "template", _several(template_ids), if_match, self._retries)
        )

    async def add_sequence(self, campaign_id: str, sequence_id: str) -> Campaign:
        """Add a sequence."""
        return await self._do(calls.add(campaign_id, "sequence", sequence_id, self._retries))

    async def remove_sequence(
        self, campaign_id: str, sequence_id: str, *, if_match: Campaign | str | None = None
    ) -> None:
        """Take a sequence out, where it is part; only where the campaign is still as ``if_match``."""
        await self._do(calls.remove(campaign_id, "sequence", sequence_id, if_match, self._retries))

    async def add_template(self, campaign_id: str, template_id: str) -> Campaign:
        """Add a template."""
        return await self._do(calls.add(campaign_id, "template", template_id, self._retries))

    async def remove_template(
        self, campaign_id: str, template_id: str, *, if_match: Campaign | str | None = None
    ) -> None:
        """Take a template out, where it is part; only where the campaign is still as ``if_match``."""
        await self._do(calls.remove(campaign_id, "template", template_id, if_match, self._retries))

    async def _do(self, steps: Steps[T]) -> T:
        result: T = await self._take(steps)
        return result


def _creation(
    name: str,
    description: str | None,
    labels: Iterable[str],
    metadata: Mapping[str, str] | None,
    sequences: Iterable[str],
    templates: Iterable[str],
) -> dict[str, Any]:
    lists = {"labels": _several(labels), "sequences": _several(sequences), "templates": _several(templates)}
    return {"name": name, "description": description, "metadata": dict(metadata or {}), **lists}


def _patch(
    name: str,
    description: str | None,
    status: Status,
    labels: Iterable[str] | None,
    metadata: Mapping[str, str | None] | None,
    archived: bool,
) -> dict[str, Any]:
    if labels is not KEEP and labels is not None:
        labels = _several(labels)
    if metadata is not KEEP and metadata is not None:
        metadata = dict(metadata)
    return _given(
        name=name, description=description, status=status, labels=labels, metadata=metadata, archived=archived
    )


def _changes(add: Contents | None, remove: Contents | None) -> dict[str, Any]:
    given: dict[str, Any] = {"add": add or {}, "remove": remove or {}}
    return {verb: {kind: _several(ids) for kind, ids in each.items()} for verb, each in given.items()}


def _several(texts: Any) -> list[str]:
    """One text alone would be taken for its letters."""
    if isinstance(texts, str):
        raise TypeError(f"give a list of texts instead of {texts!r}")
    return list(texts)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not KEEP}
