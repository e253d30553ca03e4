import type { CallOptions, Listing, Open, Paging } from "./pages.js";

/** A webhook as it was when it was answered. Times are UTC in ISO 8601. */
export interface Webhook {
  id: string;
  url: string;
  events: string[];
  description: string | null;
  enabled: boolean;
  /** `gone`: its receiver answered 410; `failing`: five days of nothing but failures. */
  disabledReason: Open<"gone" | "failing"> | null;
  failingSince: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Where it was just made: keep the secret, it is not shown again. */
export type WebhookWithSecret = Webhook & { secret: string };

/** One attempt to deliver. */
export interface Attempt {
  at: string;
  /** What the receiver answered; null where it did not. */
  status: number | null;
  /** Why there was no answer. */
  error: string | null;
  milliseconds: number;
  /** The first kilobyte of what it said. */
  answer: string | null;
}

export type DeliveryStatus = "pending" | "succeeded" | "failed";

/** An event on its way to a webhook. */
export interface Delivery {
  id: string;
  eventId: string;
  type: string;
  occurredAt: string;
  status: Open<DeliveryStatus>;
  /** The newest ten, oldest first. */
  attempts: Attempt[];
  attemptCount: number;
  nextAttemptAt: string | null;
}

/** What a webhook was sent. */
export interface WebhookEvent {
  /** The same on every repetition: drop what you have seen. */
  id: string;
  type: string;
  /** When it happened: the order, which deliveries do not keep. */
  timestamp: string;
  data: Record<string, unknown>;
}

/** A request that was not sent by the service, or not now, or was changed on its way. Answer 400, and do nothing. */
export class WebhookVerificationError extends Error {}

type GivenHeaders = Headers | Record<string, string | string[] | undefined>;

/** The event in a request to a webhook, once its signature is verified. `body` is as it came, not parsed. */
export function unwrap(body: string | Uint8Array, headers: GivenHeaders, secret: string): Promise<WebhookEvent>;

/** Who is told of changes by a signed POST. */
export interface Webhooks {
  /** Sent under an idempotency key, which gets the same secret again. */
  create(
    webhook: { url: string; events: string[]; description?: string | null },
    options?: CallOptions & { idempotencyKey?: string },
  ): Promise<WebhookWithSecret>;
  /** Oldest first; there are ten at most. */
  list(options?: CallOptions): Promise<Webhook[]>;
  get(id: string, options?: CallOptions): Promise<Webhook>;
  update(
    id: string,
    patch: { url?: string; events?: string[]; description?: string | null; enabled?: boolean },
    options?: CallOptions,
  ): Promise<Webhook>;
  delete(id: string, options?: CallOptions): Promise<void>;
  /** Send a `webhook.ping` now, and see what the receiver answers. */
  ping(id: string, options?: CallOptions): Promise<Attempt>;
  /** The secret before signs, too, for the grace: a day unless given. */
  rotateSecret(id: string, rotation?: { graceSeconds?: number }, options?: CallOptions): Promise<WebhookWithSecret>;
  /** Of 30 days, newest first. */
  deliveries(id: string, query?: Paging & { status?: DeliveryStatus }, options?: CallOptions): Listing<Delivery>;
  /** Deliver once more, now; the delivery as it was before. */
  redeliver(id: string, deliveryId: string, options?: CallOptions): Promise<Delivery>;
  unwrap: typeof unwrap;
}
