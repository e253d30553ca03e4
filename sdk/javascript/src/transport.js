import { checkedKey, checkedUrl } from "./configuration.js";
import { NoAnswerError, NotFoundError, errorOf, retryAfter, unexpected } from "./errors.js";

/** Milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 8_000;
/** Who is told to wait longer is told so, instead of waiting. */
const LONGEST_RETRY_AFTER = 60_000;
/** What a timer can wait: 24 days. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;
/** After these answers a write may have taken effect all the same. */
const DOUBTFUL = new Set([502, 503, 504]);

/** Sends requests until they are answered for good. */
export class Transport {
  #apiKey;
  #baseUrl;
  #timeout;
  #maxRetries;
  #fetch;

  constructor({ apiKey, baseUrl, timeout = 30_000, maxRetries = 3, fetch = globalThis.fetch } = {}) {
    checkTimeout(timeout);
    if (!Number.isInteger(maxRetries) || maxRetries < 0) throw new TypeError("maxRetries must be 0 or more");
    if (typeof fetch !== "function") throw new TypeError("fetch must be a function; Node has had one since 18");
    this.#apiKey = checkedKey(apiKey);
    this.#baseUrl = checkedUrl(baseUrl);
    this.#timeout = timeout;
    this.#maxRetries = maxRetries;
    this.#fetch = fetch;
  }

  toString() {
    return `{ apiKey: '${this.#apiKey.slice(0, 5)}…', baseUrl: '${this.#baseUrl}' }`;
  }

  /**
   * @param {string} method
   * @param {string} path below /api/campaigns
   * @param {{body?: object, headers?: Record<string, string>, options?: {signal?: AbortSignal, timeout?: number},
   *   repeatInDoubt?: boolean}} [request] `repeatInDoubt` says whether to repeat where the first may have taken effect
   * @returns {Promise<{response: Response, text: string, inDoubt: boolean}>} `inDoubt`, and the same on an error, says
   *   that an earlier attempt may have taken effect
   * @throws {import("./errors.js").KraiterError}
   */
  async send(method, path, { body, headers = {}, options = {}, repeatInDoubt = true } = {}) {
    // Once, and before the first attempt: what can't be sent is the caller's mistake, and no repetition mends it.
    const { signal, timeout = this.#timeout } = options;
    checkTimeout(timeout);
    const request = {
      method,
      headers: new Headers({
        Authorization: `Bearer ${this.#apiKey}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      }),
      body: body === undefined ? undefined : JSON.stringify(body),
      // The API redirects nowhere; followed, a redirected POST would become a GET.
      redirect: "manual",
    };
    let inDoubt = false;
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt === this.#maxRetries;
      const answer = await this.#once(path, request, signal, timeout);
      let pause = jitter(attempt);
      if (answer.response?.ok) return { ...answer, inDoubt };
      if (answer.response) {
        const { response, text } = answer;
        const doubtful = DOUBTFUL.has(response.status);
        const asked = retryAfter(response);
        if (last || !((doubtful && repeatInDoubt) || response.status === 429) || asked * 1000 > LONGEST_RETRY_AFTER) {
          const error = errorOf(response, text);
          if (error instanceof NotFoundError && error.details.length === 0 && isAlwaysThere(path)) throw unexpected(response);
          throw marked(error, inDoubt);
        }
        inDoubt ||= doubtful;
        // A little more, so that not all come back at the same moment.
        if (asked !== undefined) pause = asked * 1000 + jitter(0);
      } else {
        // fetch does not tell a connection that was refused from one that broke off: both are doubtful.
        if (last || !repeatInDoubt) {
          const why = answer.failure?.name === "TimeoutError" ? "it took too long" : "the connection failed";
          throw new NoAnswerError("NO_ANSWER", `No answer came from the server: ${why}.`, { cause: answer.failure });
        }
        inDoubt = true;
      }
      await sleep(pause, signal);
    }
  }

  /** One attempt: `{response, text}`, or the `{failure}` that took their place. */
  async #once(path, request, signal, timeout) {
    signal?.throwIfAborted();
    const attempt = new AbortController();
    const giveUp = () => attempt.abort(signal.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    const timer = setTimeout(() => attempt.abort(new DOMException("It took too long.", "TimeoutError")), timeout);
    // Not every fetch ends the reading of a body with its signal.
    const ended = new Promise((_, reject) => {
      attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason), { once: true });
    });
    const fetched = async () => {
      const fetch = this.#fetch;
      const response = await fetch(`${this.#baseUrl}/api/campaigns${path}`, { ...request, signal: attempt.signal });
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
}

/** Who does not find these has not found the API. */
const isAlwaysThere = (path) => /^(\/whoami|\/count|\/catalogue\/(sequences|templates))?(\?|$)/.test(path);

function checkTimeout(timeout) {
  if (!(timeout > 0 && timeout <= LONGEST_TIMEOUT)) throw new TypeError("timeout must be a number of milliseconds");
}

const doubts = new WeakSet();

/** Whether an error may be due to an earlier attempt at the same. */
export const isInDoubt = (error) => doubts.has(error);

function marked(error, inDoubt) {
  if (inDoubt) doubts.add(error);
  return error;
}

/** Drawn evenly up to a bound that doubles: those who met do not meet again. */
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
