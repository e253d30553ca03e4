"""What other services announced of each tenant's sequences and templates, and how the campaigns follow it."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.identifiers import Clock, strictly_after, timestamp, utc_now
from campaigns.runtime import deadline
from campaigns.runtime.logs import logger
from campaigns.store import keys
from campaigns.store.items import campaign_from
from campaigns.store.requests import associations, catalogue, contents
from campaigns.store.table import OVERTAKEN, ConditionFailed, Item, ItemTooLarge, Table, TransactionRefused

TOMBSTONE_LIFE = timedelta(days=90)
"""How long a deletion holds off older events; longer than any queue or archive replay keeps one in flight."""


CAMPAIGN_SECONDS = 8.0
"""How long one campaign of many may take, however often others are in the way: three attempts, if two time out."""
MOST_FAILURES = 3
"""Where so many campaigns in a row fail, it is the database that does."""


class Followed(NamedTuple):
    """How far an announcement was followed."""

    continue_after: str | None
    """The campaign to go on from; None where all is done."""
    too_large: tuple[str, ...]
    """Campaigns that could not take the new name: with it, they would pass 400 KB."""
    put_aside: tuple[str, ...]
    """Campaigns in which it failed: each is to be tried again alone."""


class CatalogueStore:
    """The catalogue and its fan-out to the campaigns. Every step may be repeated, at any point, in any order."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def follow(
        self,
        announcement: Announcement,
        after: str | None = None,
        has_time: Callable[[], bool] = lambda: True,
        only_campaign: str | None = None,
    ) -> Followed:
        """Record an announcement and bring the campaigns that hold its subject in step with it.

        The entry is written before the memberships are read, and an addition checks the entry in the same
        transaction that puts the membership: so one that the fan-out does not see has seen the announcement, or is
        being committed (``look_again``).

        Where ``has_time`` says no, it stops after the next campaign; called again with ``continue_after`` of the
        answer as ``after``, it goes on from there. A campaign that fails holds up no other: it is put aside. Called
        again with it as ``only_campaign``, it is about that campaign alone, and raises what goes wrong.
        """
        if announcement.name is None:
            self._bury(announcement)
        elif not self._announce(announcement, announcement.name):
            return Followed(None, (), ())
        if only_campaign is not None:
            return self._follow_in_one(announcement, only_campaign)
        return self._fan_out(announcement, after, has_time)

    def look_again(self, tenant_id: str, kind: Kind, id_: str, campaign_id: str, stamp: str) -> None:
        """Bring a campaign in step whose membership is there by now, and was not while it was being committed.

        A transaction commits item by item: a fan-out that queries meanwhile may miss the membership, though what it is
        about was recorded after the addition had checked it. ``stamp`` is of the entry that was checked: it is the
        catalogue's still, or of before the news. Whatever is announced after this finds the membership. One round trip,
        and one where there is news.

        Raises:
            ItemTooLarge: the campaign can't take the new name.
        """
        entry = self._table.get(keys.catalogue_entry(tenant_id, kind, id_))
        if entry is None or ("deletedAt" not in entry and catalogue.stamp(entry["name"], entry["asOf"]) == stamp):
            return
        news = Announcement.of_entry(tenant_id, kind, id_, entry.get("name"), entry["asOf"])
        self._follow_in(news, campaign_id)

    def _announce(self, announcement: Announcement, name: str) -> bool:
        """Record a name; False where the catalogue already knows something newer, which has its own fan-out."""
        try:
            self._table.send(
                "put_item",
                **catalogue.announce(
                    announcement.tenant_id, announcement.kind, announcement.id, name, announcement.as_of
                ),
            )
        except ConditionFailed as refusal:
            entry = refusal.item or {}
            return entry.get("asOf") == announcement.as_of and entry.get("name") == name
        return True

    def _bury(self, announcement: Announcement) -> None:
        """Record a deletion. An overtaken one still takes out what was added before it: see ``_remove``."""
        now = self._clock()
        try:
            self._table.send(
                "put_item",
                **catalogue.bury(
                    announcement.tenant_id,
                    announcement.kind,
                    announcement.id,
                    announcement.as_of,
                    deleted_at=timestamp(now),
                    expires_at=int((now + TOMBSTONE_LIFE).timestamp()),
                ),
            )
        except ConditionFailed:
            return

    def _fan_out(self, announcement: Announcement, after: str | None, has_time: Callable[[], bool]) -> Followed:
        too_large: list[str] = []
        put_aside: list[str] = []
        failures = 0
        query = catalogue.memberships(announcement.tenant_id, announcement.kind, announcement.id, after)
        for membership in self._table.query(**query):
            campaign_id = keys.campaign_id_of(membership["SK"])
            try:
                with deadline.answer_within(CAMPAIGN_SECONDS):
                    if not self._follow_in(announcement, campaign_id):
                        return Followed(None, tuple(too_large), ())
                failures = 0
            except ItemTooLarge:
                too_large.append(campaign_id)
            except Exception:
                failures += 1
                if failures == MOST_FAILURES:
                    raise
                logger.exception("campaign put aside", campaignId=campaign_id)
                put_aside.append(campaign_id)
            if not has_time():
                return Followed(campaign_id, tuple(too_large), tuple(put_aside))
        return Followed(None, tuple(too_large), tuple(put_aside))

    def _follow_in_one(self, announcement: Announcement, campaign_id: str) -> Followed:
        try:
            self._follow_in(announcement, campaign_id)
        except ItemTooLarge:
            return Followed(None, (campaign_id,), ())
        return Followed(None, (), ())

    def _follow_in(self, announcement: Announcement, campaign_id: str) -> bool:
        """Bring one campaign in step; False where the announcement has been overtaken meanwhile."""
        if announcement.name is None:
            self._remove(announcement, campaign_id)
            return True
        return self._rename(announcement, announcement.name, campaign_id)

    def _rename(self, announcement: Announcement, name: str, campaign_id: str) -> bool:
        """Rename in one campaign; False where the announcement has been overtaken meanwhile."""
        now, looked = timestamp(self._clock()), False
        for _ in self._table.attempts(OVERTAKEN):
            try:
                self._table.transact(
                    catalogue.rename(
                        announcement.tenant_id,
                        campaign_id,
                        announcement.kind,
                        announcement.id,
                        name,
                        announcement.as_of,
                        now,
                    )
                )
            except TransactionRefused as error:
                if 1 in error.refusals:
                    return False
                campaign = _campaign_or_none(error.refusals[0].item)
                if campaign is None and not looked and not self._is_told(announcement, campaign_id):
                    looked = True
                    continue
                held = campaign.associations(announcement.kind) if campaign else ()
                if not campaign or all(one.id != announcement.id or one.name == name for one in held):
                    return True  # Gone, no longer holding it, or renamed already.
                now = strictly_after(campaign.updated_at, self._clock())
                continue
            return True
        raise AssertionError("attempts() ends by raising")

    def _remove(self, announcement: Announcement, campaign_id: str) -> None:
        """Take the deleted thing out of one campaign, unless it was announced and added anew after its deletion."""
        now, looked = timestamp(self._clock()), False
        for _ in self._table.attempts(OVERTAKEN):
            try:
                self._table.transact(
                    associations.remove(
                        announcement.tenant_id,
                        campaign_id,
                        announcement.kind,
                        announcement.id,
                        now,
                        deleted_as_of=announcement.as_of,
                    )
                )
            except TransactionRefused as error:
                item = error.refusals[0].item
                if item is None and not looked and not self._is_told(announcement, campaign_id):
                    looked = True
                    continue
                held = item[announcement.kind.plural].get(announcement.id) if item else None
                if item is None or held is None or held["asOf"] > announcement.as_of:
                    return
                now = strictly_after(item["updatedAt"], self._clock())
                continue
            return

    def _is_told(self, announcement: Announcement, campaign_id: str) -> bool:
        """Tell who makes a campaign that has memberships and is not there yet that the catalogue has changed.

        Where nobody is told, the campaign is gone, or was finished after one looked: then one has to look again.
        """
        try:
            self._table.send("update_item", **contents.disturb(announcement.tenant_id, campaign_id))
        except ConditionFailed:
            return False
        return True


def _campaign_or_none(item: Item | None) -> Campaign | None:
    return campaign_from(item) if item else None
