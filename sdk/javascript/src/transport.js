import { NoAnswerError, errorOf } from "./errors.js";

/** Milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 8_000;
const LONGEST_RETRY_AFTER = 60_000;
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
    if (typeof apiKey !== "string" || apiKey === "") throw new TypeError("apiKey must be an API key (kr_...)");
    if (typeof baseUrl !== "string" || !/^https?:\/\//.test(baseUrl)) {
      throw new TypeError("baseUrl must be the URL of the API, such that baseUrl + /api/campaigns is the list");
    }
    if (!(timeout > 0)) throw new TypeError("timeout must be a number of milliseconds");
    if (!Number.isInteger(maxRetries) || maxRetries < 0) throw new TypeError("maxRetries must be 0 or more");
    if (typeof fetch !== "function") throw new TypeError("fetch must be a function; Node has had one since 18");
    this.#apiKey = apiKey;
    this.#baseUrl = `${baseUrl.replace(/\/+$/, "")}/api/campaigns`;
    this.#timeout = timeout;
    this.#maxRetries = maxRetries;
    this.#fetch = fetch;
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
    let inDoubt = false;
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt === this.#maxRetries;
      const answer = await this.#once(method, path, body, headers, options);
      let pause = jitter(attempt);
      if (answer.response?.ok) return { ...answer, inDoubt };
      if (answer.response) {
        const { response, text } = answer;
        const doubtful = DOUBTFUL.has(response.status);
        if (last || !((doubtful && repeatInDoubt) || response.status === 429)) {
          throw marked(errorOf(response, text), inDoubt);
        }
        inDoubt ||= doubtful;
        pause = retryAfter(response) ?? pause;
      } else {
        // fetch does not tell a connection that was refused from one that broke off: both are doubtful.
        if (last || !repeatInDoubt) {
          const why = answer.failure?.name === "TimeoutError" ? "it took too long" : "the connection failed";
          throw new NoAnswerError("NO_ANSWER", `No answer came from the server: ${why}.`, { cause: answer.failure });
        }
        inDoubt = true;
      }
      await sleep(pause, options.signal);
    }
  }

  /** One attempt: `{response, text}`, or the `{failure}` that took their place. */
  async #once(method, path, body, headers, { signal, timeout = this.#timeout }) {
    signal?.throwIfAborted();
    const attempt = new AbortController();
    const giveUp = () => attempt.abort(signal.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    const timer = setTimeout(() => attempt.abort(new DOMException("It took too long.", "TimeoutError")), timeout);
    try {
      const fetch = this.#fetch;
      const response = await fetch(`${this.#baseUrl}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${this.#apiKey}`,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        // The API redirects nowhere; followed, a redirected POST would become a GET.
        redirect: "error",
        signal: attempt.signal,
      });
      return { response, text: await response.text() };
    } catch (failure) {
      signal?.throwIfAborted();
      return { failure };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
    }
  }
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

function retryAfter(response) {
  const header = response.headers.get("Retry-After") ?? "";
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  // A little more, so that not all come back at the same moment.
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER) + jitter(0);
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
