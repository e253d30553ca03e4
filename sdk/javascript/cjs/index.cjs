// Made of src by npm run build.
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/index.js
var index_exports = {};
__export(index_exports, {
  ConflictError: () => ConflictError,
  ForbiddenError: () => ForbiddenError,
  GatewayTimeoutError: () => GatewayTimeoutError,
  InternalError: () => InternalError,
  Kraiter: () => Kraiter,
  KraiterError: () => KraiterError,
  MethodNotAllowedError: () => MethodNotAllowedError,
  NoAnswerError: () => NoAnswerError,
  NotFoundError: () => NotFoundError,
  PayloadTooLargeError: () => PayloadTooLargeError,
  PreconditionFailedError: () => PreconditionFailedError,
  RateLimitedError: () => RateLimitedError,
  UnauthorisedError: () => UnauthorisedError,
  UnavailableError: () => UnavailableError,
  UnexpectedAnswerError: () => UnexpectedAnswerError,
  UnsupportedMediaTypeError: () => UnsupportedMediaTypeError,
  VERSION: () => VERSION,
  ValidationError: () => ValidationError,
  WebhookVerificationError: () => WebhookVerificationError,
  datesOf: () => datesOf,
  default: () => index_default,
  unwrap: () => unwrap
});
module.exports = __toCommonJS(index_exports);

// src/observing.js
var LEVELS = ["debug", "info"];
var SECRET = /(kr_|whsec_)[\w%+/=-]+/g;
var CONTROL = /[\p{C}\p{Zl}\p{Zp}]/gu;
function environment(variable) {
  try {
    return globalThis.process?.env?.[variable];
  } catch {
    return void 0;
  }
}
function logger(given) {
  if (given !== void 0) {
    for (const level of [...LEVELS, "error"]) {
      if (typeof given?.[level] !== "function") throw new TypeError(`logger must have ${[...LEVELS, "error"].join(", ")}, as console has`);
    }
    return given;
  }
  const wanted = (environment("KRAITER_LOG") ?? "").toLowerCase();
  if (wanted && !LEVELS.includes(wanted)) throw new TypeError("KRAITER_LOG must be debug or info");
  const write = (level) => (line) => console.error(`${(/* @__PURE__ */ new Date()).toISOString()} kraiter ${level.toUpperCase()} ${line}`);
  const none = () => {
  };
  return { debug: wanted === "debug" ? write("debug") : none, info: wanted ? write("info") : none, error: write("error") };
}
function tellRequest({ onRequest, logger: logger2 }, method, url, attempt) {
  const request = { method, url: told(url), attempt };
  safely(logger2, () => logger2.debug(`${method} ${request.url} (attempt ${attempt})`));
  safely(logger2, () => onRequest?.({ ...request }));
  return request;
}
function tellResponse({ onResponse, logger: logger2 }, request, { response, failure }, milliseconds) {
  const requestId = response?.headers.get("X-Request-Id") ?? void 0;
  const error = response ? void 0 : failure?.name ?? "Error";
  const what = `${response?.status ?? told(error)} in ${Math.round(milliseconds)} ms (request ${told(requestId ?? "none")})`;
  safely(logger2, () => logger2.info(`${request.method} ${request.url}: ${what}`));
  const headers = response?.headers ?? new Headers();
  safely(logger2, () => onResponse?.({ request, milliseconds, statusCode: response?.status, headers, requestId, error }));
}
function tellPause({ logger: logger2 }, milliseconds) {
  safely(logger2, () => logger2.info(`again in ${Math.round(milliseconds)} ms`));
}
function told(text) {
  return String(text).replace(CONTROL, "�").replace(SECRET, "$1…");
}
function safely(logger2, look) {
  const failed = (error) => {
    try {
      logger2.error(`a hook or logger failed; the call goes on: ${told(error?.stack ?? error)}`);
    } catch {
    }
  };
  try {
    Promise.resolve(look()).catch(failed);
  } catch (error) {
    failed(error);
  }
}

// src/configuration.js
var VERSION = "1.0.0";
var KEY = /^kr_[A-Za-z0-9_-]+$/;
var WITH_CHECKSUM = /^kr_([A-Za-z0-9]{43})([A-Za-z0-9]{6})$/;
var DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
var LONGEST_TIMEOUT = 2 ** 31 - 1;
var HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
var OWN = ["authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"];
var OF_METHODS = ["idempotency-key", "if-match", "if-none-match"];
function configured({ apiKey, baseUrl, fetch = globalThis.fetch, logger: given, ...options } = {}) {
  if (typeof fetch !== "function") throw new TypeError("fetch must be a function; Node has had one since 18");
  const headers = globalThis.document ? {} : { "user-agent": `kraiter-javascript/${VERSION}` };
  const byDefault = { timeout: 3e4, maxRetries: 3, headers, fetch, logger: logger(given) };
  return changed({ apiKey: checkedKey(apiKey), baseUrl: checkedUrl(baseUrl), ...byDefault }, options);
}
function changed(configuration, { timeout, maxRetries, headers, onRequest, onResponse } = {}) {
  if (timeout !== void 0 && !(timeout > 0 && timeout <= LONGEST_TIMEOUT)) {
    throw new TypeError("timeout must be a number of milliseconds, above 0, up to 24 days");
  }
  if (maxRetries !== void 0 && !(Number.isInteger(maxRetries) && maxRetries >= 0)) {
    throw new TypeError("maxRetries must be 0 or more");
  }
  for (const [name, hook] of Object.entries({ onRequest, onResponse })) {
    if (hook !== void 0 && typeof hook !== "function") throw new TypeError(`${name} must be a function`);
  }
  const given = Object.entries({ timeout, maxRetries, onRequest, onResponse }).filter(([, value]) => value !== void 0);
  const all = { ...configuration.headers, ...checkedHeaders(headers, [...OWN, ...OF_METHODS]) };
  return { ...configuration, ...Object.fromEntries(given), headers: all };
}
function checkedHeaders(given = {}, refused = OWN) {
  const pairs = Symbol.iterator in given ? [...given] : Object.entries(given);
  for (const [name] of pairs) {
    if (!HEADER_NAME.test(name)) throw new TypeError("headers must have names of letters, digits and -");
    if (refused.includes(name.toLowerCase())) {
      throw new TypeError(`headers must not have ${name}: the client, or an option of a method, says it`);
    }
  }
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), header(`headers: ${name}`, value)]));
}
function header(name, value) {
  if (typeof value !== "string" || !/^[!-~]([ -~]*[!-~])?$/.test(value)) {
    throw new TypeError(`${name} must be 1 or more printable ASCII characters, without spaces around them`);
  }
  return value;
}
function checkedKey(given) {
  const [key, name] = setting(given, "apiKey", "CAMPAIGNS_API_KEY");
  if (typeof key !== "string" || !KEY.test(key)) {
    throw new TypeError(`${name} must be an API key: kr_, then letters, digits, - and _, with no space or line break`);
  }
  const parts = WITH_CHECKSUM.exec(key);
  if (parts && parts[2] !== checksum(parts[1])) {
    throw new TypeError(`${name} is no API key: its last characters do not fit the others; was it copied whole?`);
  }
  return key;
}
function checkedUrl(given) {
  const [text, name] = setting(given, "baseUrl", "CAMPAIGNS_BASE_URL");
  if (typeof text !== "string" || !isBaseUrl(text)) {
    throw new TypeError(`${name} must be the URL of the API (https://...), such that with /api/campaigns after it, it is the list`);
  }
  return text.replace(/\/+$/, "");
}
function isBaseUrl(text) {
  if (!/^https?:\/\/[^/]/.test(text) || /[\s?#@\\]|[^\P{C}]/u.test(text)) return false;
  try {
    return !new URL(text).pathname.replace(/\/+$/, "").endsWith("/api/campaigns");
  } catch {
    return false;
  }
}
function setting(given, option, variable) {
  if (given !== void 0) return [given, option];
  const found = environment(variable);
  if (found) return [found, variable];
  throw new TypeError(`${option} must be given, or ${variable} set in the environment`);
}
function checksum(text) {
  let rest = 4294967295;
  for (const character of text) {
    rest ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit += 1) rest = rest >>> 1 ^ (rest & 1 ? 3988292384 : 0);
  }
  rest = ~rest >>> 0;
  let digits = "";
  for (let count = 0; count < 6; count += 1) {
    digits = DIGITS[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

// src/errors.js
var KraiterError = class extends Error {
  /**
   * @param {string} code stable, made for programs
   * @param {string} message made for people
   * @param {{statusCode?: number, requestId?: string, details?: {field: string, message: string}[],
   *   retryAfter?: number, cause?: unknown}} [more] `statusCode` and `requestId` are missing where no answer came; `details`
   *   names the fields to blame; `retryAfter` is in seconds
   */
  constructor(code, message, { statusCode, requestId, details = [], retryAfter: retryAfter2, cause } = {}) {
    super(message, cause === void 0 ? void 0 : { cause });
    this.name = new.target.name;
    this.code = code;
    this.statusCode = statusCode;
    this.requestId = requestId;
    this.details = details;
    this.retryAfter = retryAfter2;
  }
};
var ValidationError = class extends KraiterError {
};
var UnauthorisedError = class extends KraiterError {
};
var ForbiddenError = class extends KraiterError {
  /** The scope that the key lacks, where the API says so. */
  get scope() {
    return this.details.find(({ field }) => field === "scope")?.message.replace(/^needs /, "");
  }
};
var NotFoundError = class extends KraiterError {
};
var MethodNotAllowedError = class extends KraiterError {
};
var ConflictError = class extends KraiterError {
};
var PreconditionFailedError = class extends KraiterError {
};
var PayloadTooLargeError = class extends KraiterError {
};
var UnsupportedMediaTypeError = class extends KraiterError {
};
var RateLimitedError = class extends KraiterError {
};
var InternalError = class extends KraiterError {
};
var UnavailableError = class extends KraiterError {
};
var GatewayTimeoutError = class extends KraiterError {
};
var NoAnswerError = class extends KraiterError {
};
var UnexpectedAnswerError = class extends KraiterError {
};
var CLASSES = {
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
  TIMEOUT: GatewayTimeoutError
};
var OF_A_PROXY = {
  413: "PAYLOAD_TOO_LARGE",
  429: "RATE_LIMITED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "TIMEOUT"
};
var ONLY_WITH_ENVELOPE = /* @__PURE__ */ new Set([400, 401, 403, 404, 405, 409, 412, 415]);
function errorOf(response, text) {
  const error = envelope(text);
  if (!error && (ONLY_WITH_ENVELOPE.has(response.status) || response.status < 400)) return unexpected(response);
  const code = error?.code ?? OF_A_PROXY[response.status] ?? "INTERNAL_ERROR";
  const message = error?.message ?? `The server answered ${response.status} without saying why.`;
  return new (CLASSES[code] ?? KraiterError)(code, message, {
    statusCode: response.status,
    requestId: error?.requestId ?? response.headers.get("X-Request-Id") ?? void 0,
    details: error?.details ?? [],
    retryAfter: retryAfter(response)
  });
}
function unexpected(response) {
  const what = response.status === 0 ? "with a redirection" : response.status;
  const message = `The server answered ${what}, but not as the API does; is the base URL right?`;
  return new UnexpectedAnswerError("UNEXPECTED_ANSWER", message, {
    statusCode: response.status,
    requestId: response.headers.get("X-Request-Id") ?? void 0
  });
}
function retryAfter(response) {
  const header2 = response.headers.get("Retry-After") ?? "";
  if (/^\d+$/.test(header2)) return Number(header2);
  const date = /^[A-Z][a-z]+, /.test(header2) ? Date.parse(header2) : NaN;
  return Number.isNaN(date) ? void 0 : Math.max(date - Date.now(), 0) / 1e3;
}
function envelope(text) {
  try {
    const { error } = JSON.parse(text);
    return typeof error?.code === "string" && typeof error.message === "string" ? error : void 0;
  } catch {
    return void 0;
  }
}

// src/requests.js
function campaignOf(answer) {
  const campaign = read(answer, (body) => typeof body.id === "string");
  return { etag: answer.response.headers.get("ETag") ?? void 0, ...campaign };
}
function read({ response, text }, isRight) {
  try {
    const body = JSON.parse(text);
    if (isRight(body)) return body;
  } catch {
  }
  throw unexpected(response);
}
function checkEmpty({ response }) {
  if (response.status !== 204) throw unexpected(response);
}
function newKey() {
  const drawn = () => Math.random().toString(36).slice(2);
  return globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${drawn()}-${drawn()}-${drawn()}`;
}
function conditions(ifMatch) {
  if (ifMatch === void 0) return {};
  const tag = typeof ifMatch === "string" ? ifMatch : ifMatch?.etag;
  if (typeof tag !== "string") throw new TypeError("ifMatch must be an ETag, or a campaign that has one");
  return { "If-Match": header("ifMatch", tag) };
}
function path(...segments) {
  for (const segment of segments) {
    if (typeof segment !== "string" || ["", ".", ".."].includes(segment)) {
      throw new TypeError(`an id must not be ${JSON.stringify(segment)}`);
    }
  }
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
}
function search(query) {
  const given = Object.entries(query).filter(([, value]) => value !== void 0 && value !== null);
  const text = (value) => value instanceof Date ? value.toISOString() : String(value);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, text(value)]))}` : "";
}
function isCount({ count, precision }) {
  return Number.isInteger(count) && typeof precision === "string";
}

// src/pages.js
var LARGEST = 100;
var Listing = class _Listing {
  #transport;
  #path;
  #filters;
  #cursor;
  #limit;
  #options;
  #first;
  constructor(transport, path2, filters, cursor, limit, options) {
    this.#transport = transport;
    this.#path = path2;
    this.#filters = filters;
    this.#cursor = cursor;
    this.#limit = limit;
    this.#options = options;
  }
  then(resolve, reject) {
    this.#first ??= this.from(this.#cursor);
    return this.#first.then(resolve, reject);
  }
  catch(reject) {
    return this.then(void 0, reject);
  }
  finally(settled) {
    return this.then().finally(settled);
  }
  async *[Symbol.asyncIterator]() {
    for await (const page of this.pages()) yield* page.data;
  }
  /** The same, page by page. */
  async *pages() {
    for (let page = await this; page !== null; page = await page.nextPage()) yield page;
  }
  /** The first `count` of them, or as many as there are; in pages as large as that, unless they have a limit. */
  async take(count) {
    const found = [];
    if (count < 1) return found;
    const limit = this.#limit ?? Math.min(count, LARGEST);
    const listing = new _Listing(this.#transport, this.#path, this.#filters, this.#cursor, limit, this.#options);
    for await (const page of listing.pages()) {
      found.push(...page.data);
      if (found.length >= count) break;
    }
    return found.slice(0, count);
  }
  /** The page after a cursor. */
  async from(cursor) {
    const query = search({ ...this.#filters, limit: this.#limit, cursor });
    const page = read(await this.#transport.send("GET", `${this.#path}${query}`, { options: this.#options }), isPage);
    const hasNextPage = page.nextCursor !== null;
    return Object.defineProperties(page, {
      hasNextPage: { value: hasNextPage },
      nextPage: { value: async () => hasNextPage ? this.from(page.nextCursor) : null }
    });
  }
};
function isPage({ data, nextCursor }) {
  return Array.isArray(data) && (nextCursor === null || typeof nextCursor === "string");
}

// src/connections.js
var client;
function ofItsOwn() {
  client ??= globalThis.Deno?.createHttpClient?.({ poolMaxIdlePerHost: 0 });
  return client ? { client } : { keepalive: false };
}

// src/transport.js
var FIRST_PAUSE = 250;
var LONGEST_PAUSE = 8e3;
var LONGEST_RETRY_AFTER = 6e4;
var DOUBTFUL = /* @__PURE__ */ new Set([502, 503, 504]);
var Transport = class _Transport {
  #configuration;
  #answers;
  /** @param {object} [answers] where the last answer is kept */
  constructor(configuration, answers) {
    this.#configuration = configuration;
    this.#answers = answers;
  }
  static of(options) {
    return new _Transport(configured(options));
  }
  /** The same with other options, or with a place for its answers. */
  but(options, answers = this.#answers) {
    return new _Transport(changed(this.#configuration, options), answers);
  }
  toString() {
    const { apiKey, baseUrl } = this.#configuration;
    return `{ apiKey: '${apiKey.slice(0, 5)}…', baseUrl: '${baseUrl}' }`;
  }
  /**
   * @param {string} method
   * @param {string} path below /api/campaigns
   * @param {{body?: object, headers?: Record<string, string>, options?: object, repeatInDoubt?: boolean}} [request]
   *   `options` are those of this call; `repeatInDoubt` says whether to repeat where the first may have taken effect
   * @returns {Promise<{response: Response, text: string, inDoubt: boolean}>} `inDoubt`, and the same on an error, says
   *   that an earlier attempt may have taken effect
   * @throws {import("./errors.js").KraiterError}
   */
  async send(method, path2, { body, headers = {}, options = {}, repeatInDoubt = true } = {}) {
    const { signal } = options;
    const configuration = changed(this.#configuration, options);
    const url = `${configuration.baseUrl}/api/campaigns${path2}`;
    const request = {
      method,
      headers: new Headers({
        ...configuration.headers,
        Authorization: `Bearer ${configuration.apiKey}`,
        ...body === void 0 ? {} : { "Content-Type": "application/json" },
        ...headers
      }),
      body: body === void 0 ? void 0 : JSON.stringify(body),
      // The API redirects nowhere; followed, a redirected POST would become a GET.
      redirect: "manual",
      ...["GET", "HEAD"].includes(method) ? {} : ofItsOwn()
    };
    let inDoubt = false;
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt === configuration.maxRetries;
      const about = tellRequest(configuration, method, url, attempt + 1);
      const started = performance.now();
      const answer = await once(configuration, url, request, signal);
      tellResponse(configuration, about, answer, performance.now() - started);
      if (this.#answers && answer.response) this.#answers.last = answer;
      let pause = jitter(attempt);
      if (answer.response?.ok || answer.response?.status === 304) return { ...answer, inDoubt };
      if (answer.response) {
        const { response, text } = answer;
        const doubtful = DOUBTFUL.has(response.status);
        const asked = retryAfter(response);
        if (last || !(doubtful && repeatInDoubt || response.status === 429) || asked * 1e3 > LONGEST_RETRY_AFTER) {
          const error = errorOf(response, text);
          if (error instanceof NotFoundError && error.details.length === 0 && isAlwaysThere(path2)) throw unexpected(response);
          throw marked(error, inDoubt);
        }
        inDoubt ||= doubtful;
        if (asked !== void 0) pause = asked * 1e3 + jitter(0);
      } else {
        if (last || !repeatInDoubt) {
          const why = answer.failure?.name === "TimeoutError" ? "it took too long" : "the connection failed";
          throw new NoAnswerError("NO_ANSWER", `No answer came from the server: ${why}.`, { cause: answer.failure });
        }
        inDoubt = true;
      }
      tellPause(configuration, pause);
      await sleep(pause, signal);
    }
  }
};
async function once({ timeout, fetch }, url, request, signal) {
  signal?.throwIfAborted();
  const attempt = new AbortController();
  const giveUp = () => attempt.abort(signal.reason);
  signal?.addEventListener("abort", giveUp, { once: true });
  const timer = setTimeout(() => attempt.abort(new DOMException("It took too long.", "TimeoutError")), timeout);
  const ended = new Promise((_, reject) => {
    attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason), { once: true });
  });
  const fetched = async () => {
    const response = await fetch(url, { ...request, signal: attempt.signal });
    return { response, text: await response.text() };
  };
  try {
    return await Promise.race([fetched(), ended]);
  } catch (failure) {
    signal?.throwIfAborted();
    return { failure };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}
var isAlwaysThere = (path2) => /^(\/whoami|\/count|\/catalogue\/(sequences|templates))?(\?|$)/.test(path2);
var doubts = /* @__PURE__ */ new WeakSet();
var isInDoubt = (error) => doubts.has(error);
function marked(error, inDoubt) {
  if (inDoubt) doubts.add(error);
  return error;
}
function jitter(attempt) {
  return Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt);
}
function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}

// src/campaigns.js
var Campaigns = class {
  #transport;
  constructor(transport) {
    this.#transport = transport;
  }
  /** Make a draft with all that it shall hold. Sent under an idempotency key, so that a repetition can't create twice. */
  create(campaign, options = {}) {
    return this.#create("", campaign, options);
  }
  /** Make a draft with all that a campaign holds. Sent under an idempotency key, as a creation is. */
  clone(id, { name } = {}, options = {}) {
    return this.#create(path(id, "clone"), { name }, options);
  }
  /**
   * Those that all filters let pass, newest first unless `sort` says otherwise. Await it for one page, or iterate over it
   * for all campaigns.
   */
  list({ limit, cursor, ...filters } = {}, options = {}) {
    return new Listing(this.#transport, "", filters, cursor, limit, options);
  }
  /** How many campaigns all filters let pass; exact up to 10,000. */
  async count(filters = {}, options = {}) {
    return read(await this.#transport.send("GET", `/count${search(filters)}`, { options }), isCount);
  }
  /** One campaign. */
  async get(id, options = {}) {
    return campaignOf(await this.#transport.send("GET", path(id), { options }));
  }
  /**
   * Set the fields that are given; `description: null` clears it. With `ifMatch`, only where the campaign is still as it
   * says, and repeated in doubt no more: a repetition could be refused because of its own success.
   */
  update(id, patch, options = {}) {
    return this.#change("PATCH", path(id), patch, options);
  }
  /** Take several in and out in one change, or none: `{add: {sequences: [...]}, remove: {templates: [...]}}`. */
  changeAssociations(id, changes, options = {}) {
    return this.#change("POST", path(id, "associations"), changes, options);
  }
  /** Let the campaign hold exactly these sequences, in this order. */
  setSequences(id, ids, options = {}) {
    return this.#change("PUT", path(id, "sequences"), { ids }, options);
  }
  /** Let the campaign hold exactly these templates, in this order. */
  setTemplates(id, ids, options = {}) {
    return this.#change("PUT", path(id, "templates"), { ids }, options);
  }
  /** Delete a campaign; its sequences and templates stay. */
  async delete(id, { ifMatch, ...options } = {}) {
    try {
      checkEmpty(await this.#transport.send("DELETE", path(id), { headers: conditions(ifMatch), options }));
    } catch (error) {
      if (!(error instanceof NotFoundError && isInDoubt(error))) throw error;
    }
  }
  /** Add a sequence; the campaign as it is then. */
  addSequence(id, sequenceId, options = {}) {
    return this.#add(id, "sequences", sequenceId, options);
  }
  /** Take a sequence out; nothing happens where it is not part. */
  removeSequence(id, sequenceId, options = {}) {
    return this.#remove(id, "sequences", sequenceId, options);
  }
  /** Add a template; the campaign as it is then. */
  addTemplate(id, templateId, options = {}) {
    return this.#add(id, "templates", templateId, options);
  }
  /** Take a template out; nothing happens where it is not part. */
  removeTemplate(id, templateId, options = {}) {
    return this.#remove(id, "templates", templateId, options);
  }
  async #create(path2, body, { idempotencyKey = newKey(), ...options }) {
    const headers = { "Idempotency-Key": header("idempotencyKey", idempotencyKey) };
    return campaignOf(await this.#transport.send("POST", path2, { body, headers, options }));
  }
  async #change(method, path2, body, { ifMatch, ...options }) {
    const headers = conditions(ifMatch);
    const repeatInDoubt = ifMatch === void 0;
    return campaignOf(await this.#transport.send(method, path2, { body, headers, options, repeatInDoubt }));
  }
  async #add(id, kind, associationId, options) {
    try {
      return campaignOf(await this.#transport.send("POST", path(id, kind, associationId), { options }));
    } catch (error) {
      if (!(error instanceof ConflictError && isInDoubt(error))) throw error;
      return this.get(id, options);
    }
  }
  async #remove(id, kind, associationId, { ifMatch, ...options }) {
    const headers = conditions(ifMatch);
    const repeatInDoubt = ifMatch === void 0;
    checkEmpty(await this.#transport.send("DELETE", path(id, kind, associationId), { headers, options, repeatInDoubt }));
  }
};

// src/catalogue.js
var Catalogue = class {
  #transport;
  constructor(transport) {
    this.#transport = transport;
  }
  /** The sequences, by id: one page when awaited, all when iterated over. */
  sequences(query = {}, options = {}) {
    return this.#entries("sequences", query, options);
  }
  /** One sequence, and how many campaigns hold it, archived ones among them. */
  sequence(id, options = {}) {
    return this.#entry("sequences", id, options);
  }
  /** The templates, by id: one page when awaited, all when iterated over. */
  templates(query = {}, options = {}) {
    return this.#entries("templates", query, options);
  }
  /** One template, and how many campaigns hold it, archived ones among them. */
  template(id, options = {}) {
    return this.#entry("templates", id, options);
  }
  #entries(kind, { limit, cursor, ...filters }, options) {
    return new Listing(this.#transport, path("catalogue", kind), filters, cursor, limit, options);
  }
  async #entry(kind, id, options) {
    const answer = await this.#transport.send("GET", path("catalogue", kind, id), { options });
    return read(answer, ({ campaignCount }) => isCount(campaignCount));
  }
};

// src/client.js
var ROOT = "/api/campaigns";
var METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
var PATH = /^\/api\/campaigns([/?][^\s#\\\p{C}]*)?$/u;
var DOTS = /\/(\.|%2e){1,2}(?=\/|$)/i;
async function whoami(transport, options) {
  return read(await transport.send("GET", "/whoami", { options }), (body) => typeof body.tenantId === "string");
}
async function raw(transport, method, path2, { query = {}, body, headers }, options) {
  if (!METHODS.includes(method)) throw new TypeError(`method must be one of ${METHODS.join(", ")}`);
  if (!PATH.test(path2) || DOTS.test(path2.split("?")[0])) {
    throw new TypeError(`path must begin with ${ROOT} and lead below it, without spaces, # and \\`);
  }
  const search2 = `${new URLSearchParams(query)}`;
  if (search2 && path2.includes("?")) throw new TypeError("give the query in path or as query, not both");
  const given = checkedHeaders(headers);
  const repeatInDoubt = !("if-match" in given) && (!["POST", "PATCH"].includes(method) || "idempotency-key" in given);
  const below = path2.slice(ROOT.length) + (search2 && `?${search2}`);
  return asItCame(await transport.send(method, below, { body, headers: given, options, repeatInDoubt }));
}
async function parsed(use, client2, answers) {
  const made = await use(client2);
  if (!answers.last) throw new TypeError("withRawResponse must be given what makes a request with the client that it is given");
  return { ...asItCame(answers.last), parsed: made };
}
function asItCame(answer) {
  const { response, text } = answer;
  return {
    statusCode: response.status,
    headers: response.headers,
    requestId: response.headers.get("X-Request-Id") ?? void 0,
    body: text === "" ? null : read(answer, () => true)
  };
}

// src/events.js
var Events = class {
  #transport;
  constructor(transport) {
    this.#transport = transport;
  }
  /** What happened, newest first: one page when awaited, all when iterated over. */
  list({ campaign, limit, cursor, ...filters } = {}, options = {}) {
    const asked = { campaign: typeof campaign === "object" ? campaign?.id : campaign, ...filters };
    return new Listing(this.#transport, "/events", asked, cursor, limit, options);
  }
};

// src/webhooks.js
var TOLERANCE = 300;
var WebhookVerificationError = class extends Error {
  name = "WebhookVerificationError";
};
var Webhooks = class {
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
};
async function unwrap(body, headers, secret) {
  const [id, moment, signatures] = ["id", "timestamp", "signature"].map((name) => headerOf(headers, `webhook-${name}`));
  if (!id || !moment || !signatures) throw new WebhookVerificationError("webhook-id, -timestamp and -signature must be there");
  if (!/^[0-9]{1,15}$/.test(moment) || Math.abs(Number(moment) - Date.now() / 1e3) > TOLERANCE) {
    throw new WebhookVerificationError("webhook-timestamp is not of these five minutes");
  }
  const raw2 = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const { subtle } = globalThis.crypto ?? (await import("node:crypto")).webcrypto;
  const key = await keyOf(secret, subtle);
  const signed = joined(new TextEncoder().encode(`${id}.${moment}.`), raw2);
  const found = await Promise.all(
    signatures.split(" ").map(async (each) => {
      const signature = each.startsWith("v1,") ? bytesOf(each.slice(3)) : null;
      return signature !== null && subtle.verify("HMAC", key, signature, signed);
    })
  );
  if (!found.includes(true)) throw new WebhookVerificationError("no webhook-signature is of this secret");
  try {
    const { type, timestamp, data } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw2));
    if (typeof type === "string" && typeof timestamp === "string") return { id, type, timestamp, data };
  } catch {
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
function discreet(webhook) {
  const printed = () => ({ ...webhook, secret: "whsec_..." });
  return Object.defineProperty(webhook, /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom"), { value: printed });
}
function hasId({ id }) {
  return typeof id === "string";
}
function isAttempt({ milliseconds }) {
  return Number.isInteger(milliseconds);
}

// src/dates.js
var TIME = /^(at|timestamp|failingSince|\w+At)$/;
function datesOf(answer) {
  const times = Object.entries(answer).filter(([name]) => TIME.test(name));
  return Object.fromEntries(times.map(([name, value]) => [name, typeof value === "string" ? new Date(value) : null]));
}

// src/index.js
var Kraiter = class _Kraiter {
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
    return new _Kraiter(this.#transport.but(options));
  }
  /**
   * What `use` makes of a client, with the answer that it got: `(raw) => raw.campaigns.get("cmp_...")`. Of several
   * answers, the last.
   */
  withRawResponse(use) {
    const answers = {};
    return parsed(use, new _Kraiter(this.#transport.but({}, answers)), answers);
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
  request(method, path2, request = {}, options = {}) {
    return raw(this.#transport, method, path2, request, options);
  }
  /** Enough of the key to tell it from others. */
  toString() {
    return `Kraiter ${this.#transport}`;
  }
  /** What Node's console shows. */
  [/* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom")]() {
    return this.toString();
  }
};
var index_default = Kraiter;
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  ConflictError,
  ForbiddenError,
  GatewayTimeoutError,
  InternalError,
  Kraiter,
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
  VERSION,
  ValidationError,
  WebhookVerificationError,
  datesOf,
  unwrap
});
