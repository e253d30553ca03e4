import { changed, configured } from "./configuration.js";
import { ofItsOwn } from "./connections.js";
import { NoAnswerError, NotFoundError, errorOf, retryAfter, unexpected } from "./errors.js";
import { tellPause, tellRequest, tellResponse } from "./observing.js";

/** Milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 8_000;
/** Who is told to wait longer is told so, instead of waiting. */
const LONGEST_RETRY_AFTER = 60_000;
/** After these answers a write may have taken effect all the same. */
const DOUBTFUL = new Set([502, 503, 504]);

/** Sends requests until they are answered for good. */
export class Transport {
  #configuration;
  #answers;

  /** @param {object} [answers] where the last answer is kept */
  constructor(configuration, answers) {
    this.#configuration = configuration;
    this.#answers = answers;
  }

  static of(options) {
    return new Transport(configured(options));
  }

  /** The same with other options, or with a place for its answers. */
  but(options, answers = this.#answers) {
    return new Transport(changed(this.#configuration, options), answers);
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
  async send(method, path, { body, headers = {}, options = {}, repeatInDoubt = true } = {}) {
    // Once, and before the first attempt: what can't be sent is the caller's mistake, and no repetition mends it.
    const { signal } = options;
    const configuration = changed(this.#configuration, options);
    const url = `${configuration.baseUrl}/api/campaigns${path}`;
    const request = {
      method,
      headers: new Headers({
        ...configuration.headers,
        Authorization: `Bearer ${configuration.apiKey}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      }),
      body: body === undefined ? undefined : JSON.stringify(body),
      // The API redirects nowhere; followed, a redirected POST would become a GET.
      redirect: "manual",
      ...(["GET", "HEAD"].includes(method) ? {} : ofItsOwn()),
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
      // Not modified is what was asked for, by who sent a condition with request().
      if (answer.response?.ok || answer.response?.status === 304) return { ...answer, inDoubt };
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
      tellPause(configuration, pause);
      await sleep(pause, signal);
    }
  }
}

/** One attempt: `{response, text}`, or the `{failure}` that took their place. */
async function once({ timeout, fetch }, url, request, signal) {
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

/** Who does not find these has not found the API. */
const isAlwaysThere = (path) => /^(\/whoami|\/count|\/catalogue\/(sequences|templates))?(\?|$)/.test(path);

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
