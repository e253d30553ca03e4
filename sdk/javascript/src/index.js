import { Campaigns } from "./campaigns.js";
import { Transport } from "./transport.js";

/** A client of the Campaigns API. */
export class Kraiter {
  /**
   * @param {{apiKey: string, baseUrl: string, timeout?: number, maxRetries?: number, fetch?: typeof fetch}} options
   *   `baseUrl` + `/api/campaigns` is the list; `timeout` is in milliseconds, of one attempt (30,000); what was throttled
   *   or got no answer is repeated up to `maxRetries` times (3), where that can't do harm
   */
  constructor(options) {
    this.campaigns = new Campaigns(new Transport(options));
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
