"""Announcements for tests."""

from datetime import UTC, datetime, timedelta

from campaigns.domain.campaign import Kind
from campaigns.domain.catalogue import Announcement

START = datetime(2025, 9, 15, 10, tzinfo=UTC)


def named(id_: str, name: str, at: float = 0, *, kind: Kind = Kind.SEQUENCE, tenant: str = "acme") -> Announcement:
    """That ``id_`` is called ``name`` since ``at`` seconds after the start."""
    return Announcement(tenant, kind, id_, name, START + timedelta(seconds=at))


def deleted(id_: str, at: float, *, kind: Kind = Kind.SEQUENCE, tenant: str = "acme") -> Announcement:
    """That ``id_`` is gone since ``at`` seconds after the start."""
    return Announcement(tenant, kind, id_, None, START + timedelta(seconds=at))
