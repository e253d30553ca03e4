import { checkedHeaders } from "./configuration.js";
import { read } from "./requests.js";

const ROOT = "/api/campaigns";
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const PATH = /^\/api\/campaigns([/?][^\s#\\\p{C}]*)?$/u;
/** Segments by which clients and proxies leave a path. */
const DOTS = /\/(\.|%2e){1,2}(?=\/|$)/i;

/** The tenant and the key of a client. */
export async function whoami(transport, options) {
  return read(await transport.send("GET", "/whoami", { options }), (body) => typeof body.tenantId === "string");
}

/**
 * An answer as it came. Repeated in doubt where a repetition does no harm: not under a condition, and a POST under its
 * idempotency key.
 */
export async function raw(transport, method, path, { query = {}, body, headers }, options) {
  if (!METHODS.includes(method)) throw new TypeError(`method must be one of ${METHODS.join(", ")}`);
  if (!PATH.test(path) || DOTS.test(path.split("?")[0])) {
    throw new TypeError(`path must begin with ${ROOT} and lead below it, without spaces, # and \\`);
  }
  const search = `${new URLSearchParams(query)}`;
  if (search && path.includes("?")) throw new TypeError("give the query in path or as query, not both");
  const given = checkedHeaders(headers);
  const repeatInDoubt = !("if-match" in given) && (!["POST", "PATCH"].includes(method) || "idempotency-key" in given);
  const below = path.slice(ROOT.length) + (search && `?${search}`);
  return asItCame(await transport.send(method, below, { body, headers: given, options, repeatInDoubt }));
}

/** What a method made of an answer, and the answer as it came. */
export async function parsed(use, client, answers) {
  const made = await use(client);
  if (!answers.last) throw new TypeError("withRawResponse must be given what makes a request with the client that it is given");
  return { ...asItCame(answers.last), parsed: made };
}

function asItCame(answer) {
  const { response, text } = answer;
  return {
    statusCode: response.status,
    headers: response.headers,
    requestId: response.headers.get("X-Request-Id") ?? undefined,
    body: text === "" ? null : read(answer, () => true),
  };
}
