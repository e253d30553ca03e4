import type { Campaigns } from "./campaigns.js";
import type { Catalogue } from "./catalogue.js";
import type { Events } from "./events.js";
import type { CallOptions } from "./pages.js";
import type { Webhooks } from "./webhooks.js";

export type * from "./campaigns.js";
export type * from "./catalogue.js";
export * from "./dates.js";
export * from "./errors.js";
export type * from "./events.js";
export type * from "./pages.js";
export * from "./webhooks.js";

/** The package's version. */
export const VERSION: string;

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

/** What an answer was, and what a method made of it. */
export interface ParsedAnswer<T> extends RawAnswer {
  parsed: T;
}

/** A request that is about to be sent. Headers and body are not told: they have secrets. */
export interface RequestInfo {
  method: string;
  url: string;
  /** 1, and one more with each repetition. */
  attempt: number;
}

/** What became of a request. */
export interface ResponseInfo {
  request: RequestInfo;
  milliseconds: number;
  /** Missing where no answer came. */
  statusCode?: number;
  /** Empty where no answer came. */
  headers: Headers;
  requestId?: string;
  /** What kind of failure took the answer's place. */
  error?: string;
}

/** As `console` is one, or that of a logging library. */
export interface Logger {
  debug(line: string): void;
  info(line: string): void;
  error(line: string): void;
}

/** What a client can be made with, and changed in. */
export interface Options extends Pick<CallOptions, "timeout" | "maxRetries" | "headers"> {
  /** Looks on at every attempt. What fails in it is logged, and the call goes on. */
  onRequest?: (request: RequestInfo) => void;
  onResponse?: (response: ResponseInfo) => void;
}

export interface KraiterOptions extends Options {
  /** An API key (kr_...); `CAMPAIGNS_API_KEY` in the environment unless given. */
  apiKey?: string;
  /** The URL of the API: `baseUrl` + `/api/campaigns` is the list; `CAMPAIGNS_BASE_URL` in the environment unless given. */
  baseUrl?: string;
  /** Gets all that is logged; unless given, `KRAITER_LOG` (`info` or `debug`) says what goes to stderr. */
  logger?: Logger;
  /** Sends requests, instead of the runtime's own. */
  fetch?: typeof globalThis.fetch;
}

/** A client of the Campaigns API. */
export class Kraiter {
  constructor(options?: KraiterOptions);
  readonly campaigns: Campaigns;
  readonly catalogue: Catalogue;
  readonly webhooks: Webhooks;
  readonly events: Events;
  /** The same client with other options, for one call or many: headers come to those that it has. */
  withOptions(options: Options): Kraiter;
  /** What `use` makes of a client, with the answer that it got: `(raw) => raw.campaigns.get("cmp_...")`. Of several answers, the last. */
  withRawResponse<T>(use: (raw: Kraiter) => PromiseLike<T>): Promise<ParsedAnswer<T>>;
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
