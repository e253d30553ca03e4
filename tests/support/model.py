"""The service as a plain in-memory model, against which the stores are compared."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from campaigns.domain.campaign import Association, Campaign, Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.contents import Wish
from campaigns.domain.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from campaigns.domain.identifiers import strictly_after
from campaigns.domain.inputs import CampaignPatch

type Subject = tuple[str, Kind, str]


@dataclass
class Entry:
    """A catalogue entry; without a name, a tombstone."""

    as_of: int
    name: str | None


@dataclass
class Model:
    """All tenants. Reads like the contract: no conditions, no retries, no items."""

    campaigns: dict[tuple[str, str], Campaign] = field(default_factory=dict)
    catalogue: dict[Subject, Entry] = field(default_factory=dict)
    added_as_of: dict[tuple[str, str, Kind, str], int] = field(default_factory=dict)

    def get(self, tenant: str, id_: str) -> Campaign:
        if (tenant, id_) not in self.campaigns:
            raise NotFound("There is no such campaign.")
        return self.campaigns[tenant, id_]

    def list(self, tenant: str, archived: bool | None) -> list[Campaign]:
        """Those that are archived or not as asked for; all, where it is None."""
        found = [
            campaign
            for (owner, _), campaign in self.campaigns.items()
            if owner == tenant and archived in {None, campaign.archived_at is not None}
        ]
        return sorted(found, key=lambda campaign: campaign.id, reverse=True)

    def update(self, tenant: str, id_: str, patch: CampaignPatch, versions: set[int] | None, now: datetime) -> Campaign:
        self.check_version(tenant, id_, versions)
        before = self.get(tenant, id_)
        fields: dict[str, Any] = dict(patch)
        if "metadata" in fields:
            merged = {} if fields["metadata"] is None else {**before.metadata, **fields["metadata"]}
            fields["metadata"] = {key: value for key, value in merged.items() if value is not None}
        if "archived" in fields:
            moment = before.archived_at or strictly_after(before.updated_at, now)
            fields["archived_at"] = moment if fields.pop("archived") else None
        at = strictly_after(before.updated_at, now)
        if "status" in fields:
            fields["status_at"] = at
        for name, field_ in (("startsAt", "starts_at"), ("endsAt", "ends_at")):
            if name in fields:
                fields[field_] = date = fields.pop(name)
                if date and date <= at and date != getattr(before, field_):
                    fields["status_at"] = None  # It acts on the status that there is.
        after = replace(before, **fields)
        if after.starts_at and after.ends_at and after.ends_at <= after.starts_at:
            raise InvalidInput.of(*self.blamed(patch, after))
        if replace(after, status_at=before.status_at) == before:
            return before
        return self.change(tenant, id_, fields, now)

    @staticmethod
    def blamed(patch: CampaignPatch, after: Campaign) -> tuple[str, str]:
        if "endsAt" in patch:
            return "endsAt", f"must be later than startsAt, which is {after.starts_at}"
        return "startsAt", f"must be earlier than endsAt, which is {after.ends_at}"

    def delete(self, tenant: str, id_: str, versions: set[int] | None) -> None:
        self.check_version(tenant, id_, versions)
        del self.campaigns[tenant, id_]

    def add(self, tenant: str, id_: str, kind: Kind, subject: str, now: datetime) -> Campaign:
        campaign = self.get(tenant, id_)
        entry = self.catalogue.get((tenant, kind, subject))
        if entry is None or entry.name is None:
            raise NotFound(f"There is no such {kind}.")
        held = campaign.associations(kind)
        if any(each.id == subject for each in held):
            raise Conflict(f"The {kind} is already part of the campaign.")
        self.added_as_of[tenant, id_, kind, subject] = entry.as_of
        return self.change(tenant, id_, {kind.plural: (*held, Association(id=subject, name=entry.name))}, now)

    def remove(self, tenant: str, id_: str, kind: Kind, subject: str, versions: set[int] | None, now: datetime) -> None:
        self.check_version(tenant, id_, versions)
        kept = tuple(each for each in self.get(tenant, id_).associations(kind) if each.id != subject)
        self.change(tenant, id_, {kind.plural: kept}, now)

    def rearrange(self, tenant: str, id_: str, wish: Wish, versions: set[int] | None, now: datetime) -> Campaign:
        self.check_version(tenant, id_, versions)
        before, fields, unknown = self.get(tenant, id_), dict[str, Any](), list[str]()
        for kind in Kind:
            parts = {each.id: each for each in before.associations(kind) if (kind, each.id) not in wish.remove}
            for each in (each for each in wish.add if each.kind is kind and each.id not in parts):
                entry = self.catalogue.get((tenant, kind, each.id))
                if entry is None or entry.name is None:
                    unknown.append(f"{each.place} names no {kind} that there is")
                else:
                    parts[each.id] = Association(id=each.id, name=entry.name)
            named = [each.id for each in wish.add if each.kind is kind]
            fields[kind.plural] = tuple(
                parts[id_] for id_ in (named if kind is wish.exactly else parts) if id_ in parts
            )
        if unknown:
            raise NotFound("; ".join(unknown))
        for each in wish.add:
            if not before.holds(*each.thing):
                self.added_as_of[tenant, id_, *each.thing] = self.catalogue[tenant, *each.thing].as_of
        return self.change(tenant, id_, fields, now)

    def clone(self, tenant: str, id_: str, made: Campaign) -> Campaign:
        """What a clone is, but for its id and times, which are those of ``made``."""
        source, fields = self.get(tenant, id_), dict[str, Any]()
        for kind in Kind:
            known = {
                each.id: entry
                for each in source.associations(kind)
                if (entry := self.catalogue.get((tenant, kind, each.id))) and entry.name
            }
            fields[kind.plural] = tuple(Association(id=one, name=str(entry.name)) for one, entry in known.items())
            self.added_as_of |= {(tenant, made.id, kind, one): entry.as_of for one, entry in known.items()}
        fields |= {"created_at": made.created_at, "updated_at": made.created_at, "archived_at": None}
        fields |= {"starts_at": None, "ends_at": None, "status_at": None}
        fields |= {"id": made.id, "name": f"Copy of {source.name}", "status": "draft", "version": 1}
        self.campaigns[tenant, made.id] = replace(source, **fields)
        return self.campaigns[tenant, made.id]

    def follow(self, told: Announcement, now: datetime) -> None:
        key = (told.tenant_id, told.kind, told.id)
        entry = self.catalogue.get(key)
        # Newest first; of one moment a deletion counts more than a name, and a greater name more than a smaller.
        rank = (told.as_of, told.name is None, told.name or "")
        newest = entry is None or rank >= (entry.as_of, entry.name is None, entry.name or "")
        if newest:
            self.catalogue[key] = Entry(told.as_of, told.name)
        for tenant, id_ in [each for each in self.campaigns if each[0] == told.tenant_id]:
            held = self.campaigns[tenant, id_].associations(told.kind)
            if told.name is None:
                added = self.added_as_of.get((tenant, id_, told.kind, told.id), 0)
                after = tuple(each for each in held if each.id != told.id or added > told.as_of)
            elif newest:
                after = tuple(Association(id=e.id, name=told.name) if e.id == told.id else e for e in held)
            else:
                continue
            self.change(tenant, id_, {told.kind.plural: after}, now)

    def change(self, tenant: str, id_: str, fields: dict[str, Any], now: datetime) -> Campaign:
        """Set fields; what shows no change leaves updatedAt and version alone."""
        before = self.get(tenant, id_)
        after = replace(before, **fields)
        if after != before:
            after = replace(after, updated_at=strictly_after(before.updated_at, now), version=before.version + 1)
        self.campaigns[tenant, id_] = after
        return after

    def check_version(self, tenant: str, id_: str, versions: set[int] | None) -> None:
        if versions is not None and self.get(tenant, id_).version not in versions:
            raise PreconditionFailed("The campaign has changed since the version that If-Match names.")
        self.get(tenant, id_)
