import { header, read } from "./requests.js";

const ROOT = "/api/campaigns";

/** The tenant and the key of a client. */
export async function whoami(transport, options) {
  return read(await transport.send("GET", "/whoami", { options }), (body) => typeof body.tenantId === "string");
}

/**
 * An answer as it came. Repeated in doubt where a repetition does no harm: not under a condition, and a POST under its
 * idempotency key.
 */
export async function raw(transport, method, path, { query = {}, body, headers = {} }, options) {
  if (!/^\/api\/campaigns([/?]|$)/.test(path)) throw new TypeError(`path must begin with ${ROOT}`);
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), header(name, value)]));
  const repeatInDoubt = !("if-match" in given) && (!["POST", "PATCH"].includes(method) || "idempotency-key" in given);
  const search = `${new URLSearchParams(query)}`;
  const below = path.slice(ROOT.length) + (search && `?${search}`);
  const answer = await transport.send(method, below, { body, headers: given, options, repeatInDoubt });
  const { response, text } = answer;
  return {
    statusCode: response.status,
    headers: response.headers,
    requestId: response.headers.get("X-Request-Id") ?? undefined,
    body: text === "" ? null : read(answer, () => true),
  };
}
