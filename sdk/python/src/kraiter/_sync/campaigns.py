"""The methods on campaigns."""

from collections.abc import Iterable, Mapping
from typing import Unpack

from kraiter import calls, finding
from kraiter._sync.pages import Listing
from kraiter._sync.subject import Subject
from kraiter.arguments import KEEP, changes, creation, patch_of, several
from kraiter.models import Campaign, Contents, Count, Filters, Moment, Sort, Status


class Campaigns(Subject):
    """Campaigns, and what is part of them. Every method may raise a ``KraiterError``."""

    def create(
        self,
        *,
        name: str,
        description: str | None = None,
        labels: Iterable[str] = (),
        metadata: Mapping[str, str] | None = None,
        sequences: Iterable[str] = (),
        templates: Iterable[str] = (),
        starts_at: Moment | None = None,
        ends_at: Moment | None = None,
        idempotency_key: str | None = None,
    ) -> Campaign:
        """Make a draft with all that it shall hold (ids, up to 49), or nothing. It starts and ends at its dates.

        With the ``idempotency_key`` of an earlier call, that call's campaign is answered again.
        """
        fields = creation(name, description, labels, metadata, sequences, templates, starts_at, ends_at)
        return self._do(calls.create(fields, idempotency_key, self._retries))

    def clone(self, campaign_id: str, *, name: str | None = None, idempotency_key: str | None = None) -> Campaign:
        """Make a draft with all that a campaign holds: ``Copy of`` it, unless it gets a ``name`` of its own."""
        return self._do(calls.clone(campaign_id, name, idempotency_key, self._retries))

    def list(
        self,
        *,
        sort: Sort | None = None,
        ids: Iterable[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **filters: Unpack[Filters],
    ) -> Listing[Campaign]:
        """The campaigns that all ``filters`` let pass, newest first unless ``sort`` says otherwise.

        In pages of ``limit`` (1-100, 20 unless given), from ``cursor`` on. With ``ids``, and nothing else, those
        campaigns (1-100) in their order, as far as they exist.
        """
        query = finding.query(filters, sort, ids)
        return Listing(lambda after, most: self._do(finding.page(query, after, most, self._retries)), cursor, limit)

    def count(self, **filters: Unpack[Filters]) -> Count:
        """How many campaigns all ``filters`` let pass; exact up to 10,000."""
        return self._do(finding.count(finding.query(filters), self._retries))

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
        starts_at: Moment | None = KEEP,
        ends_at: Moment | None = KEEP,
        if_match: Campaign | str | None = None,
    ) -> Campaign:
        """Set the fields that are given; only where the campaign is still as ``if_match`` (a campaign, or an ETag).

        Labels are replaced as a whole. Metadata are merged: None removes a key, or all. A past date acts at once.
        """
        patch = patch_of(name, description, status, labels, metadata, archived, starts_at, ends_at)
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
        return self._do(calls.change_associations(campaign_id, changes(add, remove), if_match, self._retries))

    def set_sequences(
        self, campaign_id: str, sequence_ids: Iterable[str], *, if_match: Campaign | str | None = None
    ) -> Campaign:
        """Let the campaign hold exactly these sequences, in this order."""
        return self._do(calls.set_associations(campaign_id, "sequence", several(sequence_ids), if_match, self._retries))

    def set_templates(
        self, campaign_id: str, template_ids: Iterable[str], *, if_match: Campaign | str | None = None
    ) -> Campaign:
        """Let the campaign hold exactly these templates, in this order."""
        return self._do(calls.set_associations(campaign_id, "template", several(template_ids), if_match, self._retries))

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
