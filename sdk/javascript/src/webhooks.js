import { header } from "./configuration.js";
import { NotFoundError } from "./errors.js";
import { Listing } from "./pages.js";
import { checkEmpty, newKey, path, read } from "./requests.js";
import { isInDoubt } from "./transport.js";

/** Seconds that a delivery may be old, or ahead, as Standard Webhooks has it. */
const TOLERANCE = 300;

/** A request that was not sent by the service, or not now, or was changed on its way. */
export class WebhookVerificationError extends Error {
  name = "WebhookVerificationError";
}

/** Who is told of changes by a signed POST. Every method may reject with a `KraiterError`. */
export class Webhooks {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  /** Make a webhook; its `secret` is shown this once. Sent under an idempotency key, which gets the same secret again. */
  async create({ url, events, description }, { idempotencyKey = newKey(), ...options } = {}) {
    const headers = { "Idempotency-Key": header("idempotencyKey", idempotencyKey) };
    const body = { url, events, description };
    return discreet(read(await this.#transport.send("POST", "/webhooks", { body, headers, options }), hasId));
  }

  /** All of them, oldest first; there are ten at most. */
  async list(options = {}) {
    return read(await this.#transport.send("GET", "/webhooks", { options }), ({ data }) => Array.isArray(data)).data;
  }

  /** One webhook, without its secret. */
  async get(id, options = {}) {
    return read(await this.#transport.send("GET", path("webhooks", id), { options }), hasId);
  }

  /** Set what is given; `description: null` clears it, and what is enabled again has a clean slate. */
  async update(id, patch, options = {}) {
    return read(await this.#transport.send("PATCH", path("webhooks", id), { body: patch, options }), hasId);
  }

  /** Delete a webhook; what waits for it is not delivered. */
  async delete(id, options = {}) {
    try {
      checkEmpty(await this.#transport.send("DELETE", path("webhooks", id), { options }));
    } catch (error) {
      // Gone after an attempt without an answer: that is what was asked for.
      if (!(error instanceof NotFoundError && isInDoubt(error))) throw error;
    }
  }

  /** Send a `webhook.ping` now, and see what the receiver answers. */
  async ping(id, options = {}) {
    const request = { options, repeatInDoubt: false };
    return read(await this.#transport.send("POST", path("webhooks", id, "ping"), request), isAttempt);
  }

  /** A new `secret`, shown this once. The one before signs, too, for the grace: a day unless given. */
  async rotateSecret(id, { graceSeconds } = {}, options = {}) {
    const request = { body: { graceSeconds }, options, repeatInDoubt: false };
    return discreet(read(await this.#transport.send("POST", path("webhooks", id, "rotate-secret"), request), hasId));
  }

  /** What was delivered within 30 days, or shall be, newest first: one page when awaited, all when iterated over. */
  deliveries(id, { status, limit, cursor } = {}, options = {}) {
    return new Listing(this.#transport, path("webhooks", id, "deliveries"), { status }, cursor, limit, options);
  }

  /** Deliver once more, now; the delivery as it was before. */
  async redeliver(id, deliveryId, options = {}) {
    const where = path("webhooks", id, "deliveries", deliveryId, "redeliver");
    return read(await this.#transport.send("POST", where, { options }), hasId);
  }

  /** The event in a request to a webhook; see `unwrap`. */
  unwrap(body, headers, secret) {
    return unwrap(body, headers, secret);
  }
}

/**
 * The event in a request to a webhook, once its signature is verified; rejects with a `WebhookVerificationError`.
 *
 * @param {string | Uint8Array} body as it came, not parsed
 * @param {Headers | Record<string, string | string[] | undefined>} headers
 * @param {string} secret as the API showed it: whsec_...
 */
export async function unwrap(body, headers, secret) {
  const [id, moment, signatures] = ["id", "timestamp", "signature"].map((name) => headerOf(headers, `webhook-${name}`));
  if (!id || !moment || !signatures) throw new WebhookVerificationError("webhook-id, -timestamp and -signature must be there");
  if (!/^[0-9]{1,15}$/.test(moment) || Math.abs(Number(moment) - Date.now() / 1000) > TOLERANCE) {
    throw new WebhookVerificationError("webhook-timestamp is not of these five minutes");
  }
  const raw = typeof body === "string" ? new TextEncoder().encode(body) : body;
  // Node 18 has no global crypto.
  const { subtle } = globalThis.crypto ?? (await import("node:crypto")).webcrypto;
  const key = await keyOf(secret, subtle);
  const signed = joined(new TextEncoder().encode(`${id}.${moment}.`), raw);
  // Verified by Web Crypto, in a time that tells nothing.
  const found = await Promise.all(
    signatures.split(" ").map(async (each) => {
      const signature = each.startsWith("v1,") ? bytesOf(each.slice(3)) : null;
      return signature !== null && subtle.verify("HMAC", key, signature, signed);
    }),
  );
  if (!found.includes(true)) throw new WebhookVerificationError("no webhook-signature is of this secret");
  try {
    const { type, timestamp, data } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
    if (typeof type === "string" && typeof timestamp === "string") return { id, type, timestamp, data };
  } catch {
    // Falls through: what is no JSON is no event.
  }
  throw new WebhookVerificationError("the body is no event");
}

function headerOf(headers, name) {
  if (typeof headers.get === "function") return headers.get(name);
  const [, value] = Object.entries(headers).find(([each]) => each.toLowerCase() === name) ?? [];
  return Array.isArray(value) ? value[0] : value;
}

async function keyOf(secret, subtle) {
  const bytes = bytesOf(secret.replace(/^whsec_/, ""));
  if (!bytes?.length) throw new TypeError("secret must be as the API showed it: whsec_...");
  return subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** What a text in base64 stands for; null where it is none. */
function bytesOf(base64) {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** A webhook whose secret can be read, and is not printed with it: by Node, Deno and Bun; a browser's console shows all. */
function discreet(webhook) {
  const printed = () => ({ ...webhook, secret: "whsec_..." });
  return Object.defineProperty(webhook, Symbol.for("nodejs.util.inspect.custom"), { value: printed });
}

function hasId({ id }) {
  return typeof id === "string";
}

function isAttempt({ milliseconds }) {
  return Number.isInteger(milliseconds);
}
