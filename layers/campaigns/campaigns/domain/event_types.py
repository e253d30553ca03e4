"""The names of events: of those that this service puts on the bus, and of those that its history has besides."""

from typing import Final, Literal, get_args

EventType = Literal[
    "campaign.created",
    "campaign.updated",
    "campaign.deleted",
    "campaign.sequence_added",
    "campaign.sequence_removed",
    "campaign.template_added",
    "campaign.template_removed",
]
"""What happens to campaigns."""
WebhookEventType = Literal["webhook.disabled"]
"""What happens to webhooks."""
CatalogueEventType = Literal["sequence.updated", "sequence.deleted", "template.updated", "template.deleted"]
"""What happens to sequences and templates, once for all campaigns that hold them."""
RECORDED_TYPES: Final[tuple[str, ...]] = (
    *get_args(EventType),
    *get_args(CatalogueEventType),
    *get_args(WebhookEventType),
)
"""What the history has."""
