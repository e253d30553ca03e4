/** A call that did not succeed. */
export class KraiterError extends Error {
  /**
   * @param {string} code stable, made for programs
   * @param {string} message made for people
   * @param {{statusCode?: number, requestId?: string, details?: {field: string, message: string}[],
   *   retryAfter?: number, cause?: unknown}} [more] `statusCode` and `requestId` are missing where no answer came; `details`
   *   names the fields to blame; `retryAfter` is in seconds
   */
  constructor(code, message, { statusCode, requestId, details = [], retryAfter, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.statusCode = statusCode;
    this.requestId = requestId;
    this.details = details;
    this.retryAfter = retryAfter;
  }
}

export class ValidationError extends KraiterError {}
export class UnauthorisedError extends KraiterError {}
export class ForbiddenError extends KraiterError {
  /** The scope that the key lacks, where the API says so. */
  get scope() {
    return this.details.find(({ field }) => field === "scope")?.message.replace(/^needs /, "");
  }
}
export class NotFoundError extends KraiterError {}
export class MethodNotAllowedError extends KraiterError {}
export class ConflictError extends KraiterError {}
export class PreconditionFailedError extends KraiterError {}
export class PayloadTooLargeError extends KraiterError {}
export class UnsupportedMediaTypeError extends KraiterError {}
export class RateLimitedError extends KraiterError {}
export class InternalError extends KraiterError {}
export class UnavailableError extends KraiterError {}
export class GatewayTimeoutError extends KraiterError {}
/** No answer came; whether a write took effect is not known. */
export class NoAnswerError extends KraiterError {}
/** An answer that the API did not write; the base URL may be wrong. */
export class UnexpectedAnswerError extends KraiterError {}

const CLASSES = {
  VALIDATION_ERROR: ValidationError,
  UNAUTHORISED: UnauthorisedError,
  FORBIDDEN: ForbiddenError,
  NOT_FOUND: NotFoundError,
  METHOD_NOT_ALLOWED: MethodNotAllowedError,
  CONFLICT: ConflictError,
  PRECONDITION_FAILED: PreconditionFailedError,
  PAYLOAD_TOO_LARGE: PayloadTooLargeError,
  UNSUPPORTED_MEDIA_TYPE: UnsupportedMediaTypeError,
  RATE_LIMITED: RateLimitedError,
  INTERNAL_ERROR: InternalError,
  UNAVAILABLE: UnavailableError,
  TIMEOUT: GatewayTimeoutError,
};

/** For answers that a proxy wrote instead of the API. */
const OF_A_PROXY = {
  413: "PAYLOAD_TOO_LARGE",
  429: "RATE_LIMITED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "TIMEOUT",
};
/** Without the API's envelope, these are somebody else's, and say nothing of a campaign or a key. */
const ONLY_WITH_ENVELOPE = new Set([400, 401, 403, 404, 405, 409, 412, 415]);

/**
 * The error that an answer stands for.
 *
 * @param {Response} response
 * @param {string} text its body
 */
export function errorOf(response, text) {
  const error = envelope(text);
  if (!error && (ONLY_WITH_ENVELOPE.has(response.status) || response.status < 400)) return unexpected(response);
  const code = error?.code ?? OF_A_PROXY[response.status] ?? "INTERNAL_ERROR";
  const message = error?.message ?? `The server answered ${response.status} without saying why.`;
  return new (CLASSES[code] ?? KraiterError)(code, message, {
    statusCode: response.status,
    requestId: error?.requestId ?? response.headers.get("X-Request-Id") ?? undefined,
    details: error?.details ?? [],
    retryAfter: retryAfter(response),
  });
}

/**
 * The error that an answer is which the API has not written. In a browser, a redirection has the status 0.
 *
 * @param {Response} response
 */
export function unexpected(response) {
  const what = response.status === 0 ? "with a redirection" : response.status;
  const message = `The server answered ${what}, but not as the API does; is the base URL right?`;
  return new UnexpectedAnswerError("UNEXPECTED_ANSWER", message, {
    statusCode: response.status,
    requestId: response.headers.get("X-Request-Id") ?? undefined,
  });
}

/** Seconds from now, out of a header that may have a date; undefined where it says nothing. */
export function retryAfter(response) {
  const header = response.headers.get("Retry-After") ?? "";
  if (/^\d+$/.test(header)) return Number(header);
  const date = /^[A-Z][a-z]+, /.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - Date.now(), 0) / 1000;
}

function envelope(text) {
  try {
    const { error } = JSON.parse(text);
    return typeof error?.code === "string" && typeof error.message === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}
