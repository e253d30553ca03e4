import type { Association, Campaign } from "./campaigns.js";
import type { CallOptions, Listing, Open, Paging } from "./pages.js";

/** What the history tells; others may come. */
export type EventType =
  | "campaign.created"
  | "campaign.updated"
  | "campaign.deleted"
  | "campaign.sequence_added"
  | "campaign.sequence_removed"
  | "campaign.template_added"
  | "campaign.template_removed"
  | "sequence.updated"
  | "sequence.deleted"
  | "template.updated"
  | "template.deleted"
  | "webhook.disabled";

type Changed = Association | string | string[] | Record<string, string> | null;

/** One thing that changed. For what was added `from` is null, for what was removed `to` is; for an order both are. */
export interface Change {
  field: string;
  from: Changed;
  to: Changed;
}

/** Who made a change: an API key; or, without `id` and `name`, the catalogue or a schedule. */
export interface Actor {
  type: Open<"api_key" | "catalogue" | "schedule">;
  id: string | null;
  name: string | null;
}

/** Something that happened to a campaign; or to a sequence or template, wherever it is held; or to a webhook. */
export interface CampaignEvent {
  id: string;
  type: Open<EventType>;
  /** UTC in ISO 8601. */
  occurredAt: string;
  tenantId: string;
  /**
   * As it was after the change, or before its deletion; very large ones without `sequences` and `templates`. Null where a
   * sequence or template was renamed or deleted, wherever it is held, or a webhook disabled.
   */
  campaign: (Omit<Campaign, "sequences" | "templates"> & Partial<Pick<Campaign, "sequences" | "templates">>) | null;
  /** Empty where a campaign was created or deleted. */
  changes: Change[];
  /** Null where that was not written down. */
  actor: Actor | null;
  /** The request behind it; null where nobody asked over HTTP. */
  request: { id: string; ip: string | null; userAgent: string | null } | null;
  /** Of `webhook.disabled` alone: which one, and why. */
  webhook?: { id: string; description: string | null; reason: Open<"gone" | "failing"> };
}

export interface EventQuery extends Paging {
  /** It happened to this campaign, which may be gone. */
  campaign?: Campaign | string | null;
  /** It has one of these types. */
  type?: EventType | readonly EventType[] | null;
  /** An API key's id, `catalogue` or `schedule`. */
  actor?: string | null;
  /** Texts are in ISO 8601, with an offset. */
  after?: Date | string | null;
  before?: Date | string | null;
}

/** What happened to campaigns, and who did it. It takes a key that may read events. */
export interface Events {
  /** Newest first. What a rename in the catalogue led to in a campaign is told under `campaign`; else it is told once. */
  list(query?: EventQuery, options?: CallOptions): Listing<CampaignEvent>;
}
