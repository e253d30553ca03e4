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
  status: Status;
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

/** Campaigns, newest first, and the cursor of the page after them (null on the last one). */
export interface Page {
  data: Campaign[];
  nextCursor: string | null;
}

/** One page when awaited, all campaigns when iterated over; no request before either. */
export interface CampaignList extends PromiseLike<Page>, AsyncIterable<Campaign> {
  catch<T>(reject: (reason: unknown) => T): Promise<Page | T>;
  finally(settled: () => void): Promise<Page>;
}

export interface CallOptions {
  /** Ends the call, its pauses included. */
  signal?: AbortSignal;
  /** Milliseconds, of one attempt. */
  timeout?: number;
}

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

export interface Campaigns {
  /** Make a draft with all that it shall hold (up to 49); with the key of an earlier call, that call's campaign again. */
  create(
    campaign: Contents & {
      name: string;
      description?: string | null;
      labels?: readonly string[];
      metadata?: Readonly<Record<string, string>>;
    },
    options?: CallOptions & Creation,
  ): Promise<Campaign>;
  /** Make a draft with all that a campaign holds: `Copy of` it, unless it gets a name of its own. */
  clone(id: string, clone?: { name?: string }, options?: CallOptions & Creation): Promise<Campaign>;
  /** Newest first, in pages of `limit` (1-100, 20 unless given). */
  list(query?: { limit?: number; cursor?: string | null }, options?: CallOptions): CampaignList;
  get(id: string, options?: CallOptions): Promise<Campaign>;
  /** Set the fields that are given; `null` clears. Labels are replaced as a whole, metadata merged by key. */
  update(
    id: string,
    patch: {
      name?: string;
      description?: string | null;
      status?: Status;
      labels?: readonly string[] | null;
      metadata?: Readonly<Record<string, string | null>> | null;
      archived?: boolean;
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

/** Who a client is: its tenant, and the key that it calls with. */
export interface Identity {
  tenantId: string;
  /** `expiresAt` is null where it does not expire. */
  key: { id: string | null; name: string | null; scopes: string[]; expiresAt: string | null };
}

/** An answer as it came. */
export interface RawAnswer {
  statusCode: number;
  headers: Headers;
  requestId?: string;
  /** Out of JSON; null where there was nothing. */
  body: unknown;
}

export interface KraiterOptions {
  /** An API key (kr_...); `CAMPAIGNS_API_KEY` in the environment unless given. */
  apiKey?: string;
  /** The URL of the API: `baseUrl` + `/api/campaigns` is the list; `CAMPAIGNS_BASE_URL` in the environment unless given. */
  baseUrl?: string;
  /** Milliseconds, of one attempt; 30,000 unless given. */
  timeout?: number;
  /** How often what was throttled or got no answer is repeated, where that can't do harm; 3 unless given. */
  maxRetries?: number;
  fetch?: typeof globalThis.fetch;
}

/** A client of the Campaigns API. */
export class Kraiter {
  constructor(options?: KraiterOptions);
  readonly campaigns: Campaigns;
  /** What has no method yet; `path` begins with `/api/campaigns`. Errors and repetitions are as everywhere. */
  request(
    method: string,
    path: string,
    request?: { query?: Record<string, string | number>; body?: unknown; headers?: Record<string, string> },
    options?: CallOptions,
  ): Promise<RawAnswer>;
  /** The tenant and the key that this client calls for and with. Any key may ask. */
  whoami(options?: CallOptions): Promise<Identity>;
}
export default Kraiter;

/** A call that did not succeed. */
export class KraiterError extends Error {
  /** Stable, made for programs. */
  readonly code: string;
  /** Missing where no answer came. */
  readonly statusCode?: number;
  /** In the service's log; name it when you ask for help. */
  readonly requestId?: string;
  /** The fields to blame; empty where none are. */
  readonly details: { field: string; message: string }[];
  /** Seconds, where the service said how long to wait. */
  readonly retryAfter?: number;
  /** What `fetch` failed with, where no answer came. */
  readonly cause?: unknown;
}
export class ValidationError extends KraiterError {}
export class UnauthorisedError extends KraiterError {}
export class ForbiddenError extends KraiterError {
  /** The scope that the key lacks, where the API says so. */
  readonly scope?: string;
}
export class NotFoundError extends KraiterError {}
export class MethodNotAllowedError extends KraiterError {}
export class ConflictError extends KraiterError {}
export class PreconditionFailedError extends KraiterError {}
export class PayloadTooLargeError extends KraiterError {}
export class UnsupportedMediaTypeError extends KraiterError {}
export class RateLimitedError extends KraiterError {}
export class InternalError extends KraiterError {}
/** Whether a write took effect may not be known. */
export class UnavailableError extends KraiterError {}
/** Whether a write took effect is not known. */
export class GatewayTimeoutError extends KraiterError {}
/** No answer came; whether a write took effect is not known. */
export class NoAnswerError extends KraiterError {}
/** An answer that the API did not write; the base URL may be wrong. */
export class UnexpectedAnswerError extends KraiterError {}
