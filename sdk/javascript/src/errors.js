/** A call that did not succeed. */
export class KraiterError extends Error {
  /**
   * @param {string} code stable, made for programs
   * @param {string} message made for people
   * @param {{statusCode?: number, requestId?: string, details?: {field: string, message: string}[], cause?: unknown}} [more]
   *   `statusCode` and `requestId` are missing where no answer came; `details` names the fields to blame
   */
  constructor(code, message, { statusCode, requestId, details = [], cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.statusCode = statusCode;
    this.requestId = requestId;
    this.details = details;
  }
}

export class ValidationError extends KraiterError {}
export class UnauthorisedError extends KraiterError {}
export class ForbiddenError extends KraiterError {}
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
/** A success that the API did not write; the base URL may be wrong. */
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
const CODES = {
  400: "VALIDATION_ERROR",
  401: "UNAUTHORISED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  409: "CONFLICT",
  412: "PRECONDITION_FAILED",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "RATE_LIMITED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "TIMEOUT",
};

/**
 * The error that an answer stands for.
 *
 * @param {Response} response
 * @param {string} text its body
 */
export function errorOf(response, text) {
  const error = envelope(text);
  const code = error?.code ?? CODES[response.status] ?? "INTERNAL_ERROR";
  const message = error?.message ?? `The server answered ${response.status} without saying why.`;
  return new (CLASSES[code] ?? KraiterError)(code, message, {
    statusCode: response.status,
    requestId: error?.requestId ?? response.headers.get("X-Request-Id") ?? undefined,
    details: error?.details ?? [],
  });
}

function envelope(text) {
  try {
    const { error } = JSON.parse(text);
    return typeof error?.code === "string" && typeof error.message === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}
