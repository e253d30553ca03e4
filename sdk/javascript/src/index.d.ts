import type { Campaigns } from "./campaigns.js";
import type { Catalogue } from "./catalogue.js";
import type { Events } from "./events.js";
import type { CallOptions } from "./pages.js";
import type { Webhooks } from "./webhooks.js";

export type * from "./campaigns.js";
export type * from "./catalogue.js";
export * from "./errors.js";
export type * from "./events.js";
export type * from "./pages.js";
export * from "./webhooks.js";

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
  readonly catalogue: Catalogue;
  readonly webhooks: Webhooks;
  readonly events: Events;
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
