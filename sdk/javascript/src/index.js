import { Campaigns } from "./campaigns.js";
import { Catalogue } from "./catalogue.js";
import { raw, whoami } from "./client.js";
import { Events } from "./events.js";
import { Transport } from "./transport.js";
import { Webhooks } from "./webhooks.js";

/** A client of the Campaigns API. */
export class Kraiter {
  #transport;

  /**
   * @param {{apiKey?: string, baseUrl?: string, timeout?: number, maxRetries?: number, fetch?: typeof fetch}} [options]
   *   `baseUrl` + `/api/campaigns` is the list; where they are not given, the environment says `CAMPAIGNS_API_KEY` and
   *   `CAMPAIGNS_BASE_URL`; `timeout` is in milliseconds, of one attempt (30,000); what was throttled or got no answer is
   *   repeated up to `maxRetries` times (3), where that can't do harm
   */
  constructor(options) {
    this.#transport = new Transport(options);
    this.campaigns = new Campaigns(this.#transport);
    this.catalogue = new Catalogue(this.#transport);
    this.webhooks = new Webhooks(this.#transport);
    this.events = new Events(this.#transport);
  }

  /** The tenant and the key that this client calls for and with. Any key may ask. */
  whoami(options = {}) {
    return whoami(this.#transport, options);
  }

  /**
   * What has no method yet. Errors and repetitions are as everywhere.
   *
   * @param {string} method
   * @param {string} path begins with `/api/campaigns`
   * @param {{query?: Record<string, string | number>, body?: unknown, headers?: Record<string, string>}} [request]
   */
  request(method, path, request = {}, options = {}) {
    return raw(this.#transport, method, path, request, options);
  }

  /** Enough of the key to tell it from others. */
  toString() {
    return `Kraiter ${this.#transport}`;
  }

  /** What Node's console shows. */
  [Symbol.for("nodejs.util.inspect.custom")]() {
    return this.toString();
  }
}

export default Kraiter;
export {
  ConflictError,
  ForbiddenError,
  GatewayTimeoutError,
  InternalError,
  KraiterError,
  MethodNotAllowedError,
  NoAnswerError,
  NotFoundError,
  PayloadTooLargeError,
  PreconditionFailedError,
  RateLimitedError,
  UnauthorisedError,
  UnavailableError,
  UnexpectedAnswerError,
  UnsupportedMediaTypeError,
  ValidationError,
} from "./errors.js";
export { WebhookVerificationError, unwrap } from "./webhooks.js";
