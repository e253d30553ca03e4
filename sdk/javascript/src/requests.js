// What requests are made of, and what is made of their answers.
import { header } from "./configuration.js";
import { unexpected } from "./errors.js";

/** A campaign. Services of before say its version in the header alone. */
export function campaignOf(answer) {
  const campaign = read(answer, (body) => typeof body.id === "string");
  return { etag: answer.response.headers.get("ETag") ?? undefined, ...campaign };
}

/** The JSON of a success, which may come from somebody else where the base URL is wrong. */
export function read({ response, text }, isRight) {
  try {
    const body = JSON.parse(text);
    if (isRight(body)) return body;
  } catch {
    // Falls through: that it is no JSON says no more than that it is not the API's.
  }
  throw unexpected(response);
}

/** A success that has something to say is not the API's. */
export function checkEmpty({ response }) {
  if (response.status !== 204) throw unexpected(response);
}

/** Node 18 has no global crypto, and a page that came over plain HTTP no randomUUID. */
export function newKey() {
  const drawn = () => Math.random().toString(36).slice(2);
  return globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${drawn()}-${drawn()}-${drawn()}`;
}

/** The condition that a campaign is still as it was seen. */
export function conditions(ifMatch) {
  if (ifMatch === undefined) return {};
  const tag = typeof ifMatch === "string" ? ifMatch : ifMatch?.etag;
  if (typeof tag !== "string") throw new TypeError("ifMatch must be an ETag, or a campaign that has one");
  return { "If-Match": header("ifMatch", tag) };
}

/** The path below the list, of ids and words. */
export function path(...segments) {
  for (const segment of segments) {
    // These would be taken out of the path, and the request would go elsewhere.
    if (typeof segment !== "string" || ["", ".", ".."].includes(segment)) {
      throw new TypeError(`an id must not be ${JSON.stringify(segment)}`);
    }
  }
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
}

/** What is not given is not asked for; what is empty is, and refused by the API. Lists have commas between. */
export function search(query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = (value) => (value instanceof Date ? value.toISOString() : String(value));
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, text(value)]))}` : "";
}

export function isCount({ count, precision }) {
  return Number.isInteger(count) && typeof precision === "string";
}
