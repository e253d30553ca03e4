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
