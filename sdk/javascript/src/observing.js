// What a client tells of its requests and answers: to hooks, and to a log. Never keys or secrets.
const LEVELS = ["debug", "info"];
const SECRET = /(kr_|whsec_)[\w%+/=-]+/g;
/** What moves, colours or reorders a line, or ends it. */
const CONTROL = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A variable of the environment; a browser has none, and Deno none that it was not permitted. */
export function environment(variable) {
  try {
    return globalThis.process?.env?.[variable];
  } catch {
    return undefined;
  }
}

/** Where a client logs: what it was given, or, as far as `KRAITER_LOG` says, stderr (in a browser, its console). */
export function logger(given) {
  if (given !== undefined) {
    for (const level of [...LEVELS, "error"]) {
      if (typeof given?.[level] !== "function") throw new TypeError(`logger must have ${[...LEVELS, "error"].join(", ")}, as console has`);
    }
    return given;
  }
  const wanted = (environment("KRAITER_LOG") ?? "").toLowerCase();
  if (wanted && !LEVELS.includes(wanted)) throw new TypeError("KRAITER_LOG must be debug or info");
  const write = (level) => (line) => console.error(`${new Date().toISOString()} kraiter ${level.toUpperCase()} ${line}`);
  const none = () => {};
  return { debug: wanted === "debug" ? write("debug") : none, info: wanted ? write("info") : none, error: write("error") };
}

/** Before an attempt. Headers and body are not told: they have secrets. */
export function tellRequest({ onRequest, logger }, method, url, attempt) {
  const request = { method, url: told(url), attempt };
  safely(logger, () => logger.debug(`${method} ${request.url} (attempt ${attempt})`));
  safely(logger, () => onRequest?.({ ...request }));
  return request;
}

/** After an attempt: what `answer` it got, or the `failure` that took its place. */
export function tellResponse({ onResponse, logger }, request, { response, failure }, milliseconds) {
  const requestId = response?.headers.get("X-Request-Id") ?? undefined;
  const error = response ? undefined : (failure?.name ?? "Error");
  const what = `${response?.status ?? told(error)} in ${Math.round(milliseconds)} ms (request ${told(requestId ?? "none")})`;
  safely(logger, () => logger.info(`${request.method} ${request.url}: ${what}`));
  const headers = response?.headers ?? new Headers();
  safely(logger, () => onResponse?.({ request, milliseconds, statusCode: response?.status, headers, requestId, error }));
}

/** Before a repetition. */
export function tellPause({ logger }, milliseconds) {
  safely(logger, () => logger.info(`again in ${Math.round(milliseconds)} ms`));
}

/** Text that can stand in a line of a log, whoever wrote it: without control characters, keys and secrets. */
function told(text) {
  return String(text).replace(CONTROL, "\ufffd").replace(SECRET, "$1…");
}

/** Who looks on changes nothing: what fails there, now or later, is logged, and the call goes on. */
function safely(logger, look) {
  const failed = (error) => {
    try {
      logger.error(`a hook or logger failed; the call goes on: ${told(error?.stack ?? error)}`);
    } catch {
      // A logger that fails has nowhere to say so.
    }
  };
  try {
    Promise.resolve(look()).catch(failed);
  } catch (error) {
    failed(error);
  }
}
