import type { CallOptions, Count, Listing, Open, Paging } from "./pages.js";

export type Status = "draft" | "active" | "completed";

/** A sequence or template of a campaign, under its current name. */
export interface Association {
  id: string;
  name: string;
}

/** A campaign as it was when it was answered. Times are UTC in ISO 8601. */
export interface Campaign {
  id: string;
  name: string;
  description: string | null;
  status: Open<Status>;
  /** In the order in which they were added. */
  sequences: Association[];
  /** In the order in which they were added. */
  templates: Association[];
  /** Sorted. */
  labels: string[];
  metadata: Record<string, string>;
  startsAt: string | null;
  endsAt: string | null;
  archivedAt: string | null;
  createdAt: string;
  updatedAt: string;
  /** Its version, for `ifMatch`. */
  readonly etag?: string;
}

/** What a campaign must be to be found: all that is given. Null is as if it were not given. */
export interface Filters {
  /** It has one of these. */
  status?: Status | readonly Status[] | null;
  /** It has all of these, whatever their case. */
  label?: string | readonly string[] | null;
  /** Its name contains this, whatever the case. */
  q?: string | null;
  /** It holds the sequence with this id. */
  sequence?: string | null;
  /** It holds the template with this id. */
  template?: string | null;
  /** Texts are in ISO 8601, with an offset. */
  createdAfter?: Date | string | null;
  createdBefore?: Date | string | null;
  updatedAfter?: Date | string | null;
  updatedBefore?: Date | string | null;
  /** It is archived, or not (as it is unless given), or either. */
  archived?: boolean | "any" | null;
}

/** What a list is sorted by, descending with `-`: by `-createdAt` unless given. */
export type Sort = "-createdAt" | "createdAt" | "-updatedAt" | "updatedAt" | "name" | "-name";

export interface Conditions {
  /** Only where the campaign still has this ETag, or is still as this campaign. */
  ifMatch?: string | Campaign;
}

/** Ids of sequences and templates. */
export interface Contents {
  sequences?: readonly string[];
  templates?: readonly string[];
}

export interface Creation {
  /** The same key creates once in 24 hours; one of its own unless given. */
  idempotencyKey?: string;
}

export interface Query extends Filters, Paging {
  sort?: Sort | null;
}

export interface Campaigns {
  /** Make a draft with all that it shall hold (up to 49); with the key of an earlier call, that call's campaign again. */
  create(
    campaign: Contents & {
      name: string;
      description?: string | null;
      labels?: readonly string[];
      metadata?: Readonly<Record<string, string>>;
      startsAt?: Date | string | null;
      endsAt?: Date | string | null;
    },
    options?: CallOptions & Creation,
  ): Promise<Campaign>;
  /** Make a draft with all that a campaign holds: `Copy of` it, unless it gets a name of its own. */
  clone(id: string, clone?: { name?: string }, options?: CallOptions & Creation): Promise<Campaign>;
  /** Those that all filters let pass; or those with `ids` (1-100, alone), in their order, as far as they exist. */
  list(
    query?: (Query & { ids?: never }) | ({ ids: readonly string[] } & { [name in keyof Query]?: never }),
    options?: CallOptions,
  ): Listing<Campaign>;
  /** How many all filters let pass; exact up to 10,000. */
  count(filters?: Filters, options?: CallOptions): Promise<Count>;
  get(id: string, options?: CallOptions): Promise<Campaign>;
  /** Set the fields that are given; `null` clears. Labels are replaced as a whole, metadata merged by key. A past date acts at once. */
  update(
    id: string,
    patch: {
      name?: string;
      description?: string | null;
      status?: Status;
      labels?: readonly string[] | null;
      metadata?: Readonly<Record<string, string | null>> | null;
      archived?: boolean;
      startsAt?: Date | string | null;
      endsAt?: Date | string | null;
    },
    options?: CallOptions & Conditions,
  ): Promise<Campaign>;
  /** Take several in and out in one change, or none: at most 49 in, or 99 out. What is so already is no error. */
  changeAssociations(
    id: string,
    changes: { add?: Contents; remove?: Contents },
    options?: CallOptions & Conditions,
  ): Promise<Campaign>;
  /** Let the campaign hold exactly these, in this order. */
  setSequences(id: string, ids: readonly string[], options?: CallOptions & Conditions): Promise<Campaign>;
  /** Let the campaign hold exactly these, in this order. */
  setTemplates(id: string, ids: readonly string[], options?: CallOptions & Conditions): Promise<Campaign>;
  /** Delete a campaign; its sequences and templates stay. */
  delete(id: string, options?: CallOptions & Conditions): Promise<void>;
  addSequence(id: string, sequenceId: string, options?: CallOptions): Promise<Campaign>;
  /** Nothing happens where it is not part. */
  removeSequence(id: string, sequenceId: string, options?: CallOptions & Conditions): Promise<void>;
  addTemplate(id: string, templateId: string, options?: CallOptions): Promise<Campaign>;
  /** Nothing happens where it is not part. */
  removeTemplate(id: string, templateId: string, options?: CallOptions & Conditions): Promise<void>;
}
