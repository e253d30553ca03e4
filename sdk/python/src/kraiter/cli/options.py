"""Arguments and options that several commands take, and what a shell completes them with."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Annotated

import typer

from kraiter import Kraiter, KraiterError
from kraiter.cli import profiles

PATIENCE = 3.0
"""Seconds that who has pressed the tabulator waits."""
MOST = 100


def _known(find: Callable[[Kraiter], Iterable[tuple[str, str]]]) -> Callable[[str], list[tuple[str, str]]]:
    """Ids that begin with what is written, with their names; none where the API does not answer."""

    def complete(incomplete: str) -> list[tuple[str, str]]:
        try:
            found = profiles.settings()
            key, url = (None, None) if found is None else (found.api_key, found.base_url)
            with Kraiter(api_key=key, base_url=url, timeout=PATIENCE, max_retries=0) as kraiter:
                return [(id_, name) for id_, name in find(kraiter) if id_.startswith(incomplete)]
        except (KraiterError, ValueError):
            return []

    return complete


campaign_ids = _known(lambda kraiter: [(each.id, each.name) for each in kraiter.campaigns.list().take(MOST)])
sequence_ids = _known(lambda kraiter: [(each.id, each.name) for each in kraiter.catalogue.sequences().take(MOST)])
template_ids = _known(lambda kraiter: [(each.id, each.name) for each in kraiter.catalogue.templates().take(MOST)])
webhook_ids = _known(lambda kraiter: [(each.id, each.url) for each in kraiter.webhooks.list()])

CampaignId = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id (cmp_...).", autocompletion=campaign_ids)
]
FROM_INPUT = "-"
CampaignIds = Annotated[
    str,
    typer.Argument(
        metavar="CAMPAIGN",
        help="The campaign's id (cmp_...); - for those on standard input, a line each.",
        autocompletion=campaign_ids,
    ),
]
IdempotencyKey = Annotated[str | None, typer.Option(help="The same key creates once in 24 hours.")]
Sequences = Annotated[
    list[str] | None,
    typer.Option("--sequence", "-s", help="A sequence's id; may be repeated.", autocompletion=sequence_ids),
]
Templates = Annotated[
    list[str] | None,
    typer.Option("--template", "-t", help="A template's id; may be repeated.", autocompletion=template_ids),
]
Labels = Annotated[list[str] | None, typer.Option("--label", "-l", help="A label; may be repeated.")]
Metadata = Annotated[
    list[str] | None, typer.Option("--metadata", "-m", metavar="KEY=VALUE", help="A pair of metadata; may be repeated.")
]
StartsAt = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="When it becomes active by itself: monday 9:00, in your time zone, or ISO 8601."),
]
EndsAt = Annotated[str | None, typer.Option(metavar="WHEN", help="When it becomes completed by itself.")]
IfMatch = Annotated[str | None, typer.Option(help="Only if the campaign still has this ETag, as show --json gives it.")]
Limit = Annotated[int | None, typer.Option(min=1, max=100, help="How many, or how many a page with --all; 20.")]
All = Annotated[bool, typer.Option("--all", help="All of them, page by page.")]


class Status(str, Enum):
    """The steps of a campaign's life."""

    draft = "draft"
    active = "active"
    completed = "completed"
