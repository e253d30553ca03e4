import { Campaigns } from "./campaigns.js";
import { Catalogue } from "./catalogue.js";
import { parsed, raw, whoami } from "./client.js";
import { Events } from "./events.js";
import { Transport } from "./transport.js";
import { Webhooks } from "./webhooks.js";

/** A client of the Campaigns API. */
export class Kraiter {
  #transport;

  /** @param {import("./index.d.ts").KraiterOptions} [options] */
  constructor(options) {
    this.#transport = options instanceof Transport ? options : Transport.of(options);
    this.campaigns = new Campaigns(this.#transport);
    this.catalogue = new Catalogue(this.#transport);
    this.webhooks = new Webhooks(this.#transport);
    this.events = new Events(this.#transport);
  }

  /** The same client with other options, for one call or many: headers come to those that it has. */
  withOptions(options) {
    return new Kraiter(this.#transport.but(options));
  }

  /**
   * What `use` makes of a client, with the answer that it got: `(raw) => raw.campaigns.get("cmp_...")`. Of several
   * answers, the last.
   */
  withRawResponse(use) {
    const answers = {};
    return parsed(use, new Kraiter(this.#transport.but({}, answers)), answers);
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
export { VERSION } from "./configuration.js";
export { datesOf } from "./dates.js";
export { WebhookVerificationError, unwrap } from "./webhooks.js";
