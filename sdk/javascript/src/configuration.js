/**
 * What a client is made with, checked here, so that a mistake shows at once and under its name. No message repeats a key or
 * a header, nor what stands in an address.
 */
import { environment, logger } from "./observing.js";

export const VERSION = "1.0.0";
const KEY = /^kr_[A-Za-z0-9_-]+$/;
const WITH_CHECKSUM = /^kr_([A-Za-z0-9]{43})([A-Za-z0-9]{6})$/;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Milliseconds; what a timer can wait: 24 days. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Headers that the client sends itself. */
const OWN = ["authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"];
/** Headers that decide what may be repeated: they are options of methods, or go with one `request()`. */
const OF_METHODS = ["idempotency-key", "if-match", "if-none-match"];

/** All of them, with what is not given as it is by default. */
export function configured({ apiKey, baseUrl, fetch = globalThis.fetch, logger: given, ...options } = {}) {
  if (typeof fetch !== "function") throw new TypeError("fetch must be a function; Node has had one since 18");
  // A page that names its own client sets a header that browsers keep for themselves.
  const headers = globalThis.document ? {} : { "user-agent": `kraiter-javascript/${VERSION}` };
  const byDefault = { timeout: 30_000, maxRetries: 3, headers, fetch, logger: logger(given) };
  return changed({ apiKey: checkedKey(apiKey), baseUrl: checkedUrl(baseUrl), ...byDefault }, options);
}

/** The same with what is given, of a client or of one call; headers come to those that there are. */
export function changed(configuration, { timeout, maxRetries, headers, onRequest, onResponse } = {}) {
  if (timeout !== undefined && !(timeout > 0 && timeout <= LONGEST_TIMEOUT)) {
    throw new TypeError("timeout must be a number of milliseconds, above 0, up to 24 days");
  }
  if (maxRetries !== undefined && !(Number.isInteger(maxRetries) && maxRetries >= 0)) {
    throw new TypeError("maxRetries must be 0 or more");
  }
  for (const [name, hook] of Object.entries({ onRequest, onResponse })) {
    if (hook !== undefined && typeof hook !== "function") throw new TypeError(`${name} must be a function`);
  }
  const given = Object.entries({ timeout, maxRetries, onRequest, onResponse }).filter(([, value]) => value !== undefined);
  const all = { ...configuration.headers, ...checkedHeaders(headers, [...OWN, ...OF_METHODS]) };
  return { ...configuration, ...Object.fromEntries(given), headers: all };
}

/** Headers that a caller adds, under lower-case names. */
export function checkedHeaders(given = {}, refused = OWN) {
  const pairs = Symbol.iterator in given ? [...given] : Object.entries(given);
  for (const [name] of pairs) {
    if (!HEADER_NAME.test(name)) throw new TypeError("headers must have names of letters, digits and -");
    if (refused.includes(name.toLowerCase())) {
      throw new TypeError(`headers must not have ${name}: the client, or an option of a method, says it`);
    }
  }
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), header(`headers: ${name}`, value)]));
}

/** What can be sent as a header, and is not cut short on its way. */
export function header(name, value) {
  if (typeof value !== "string" || !/^[!-~]([ -~]*[!-~])?$/.test(value)) {
    throw new TypeError(`${name} must be 1 or more printable ASCII characters, without spaces around them`);
  }
  return value;
}

/** @param {unknown} given @returns {string} */
function checkedKey(given) {
  const [key, name] = setting(given, "apiKey", "CAMPAIGNS_API_KEY");
  // Without the flag m, $ is the end alone, and no line break before it.
  if (typeof key !== "string" || !KEY.test(key)) {
    throw new TypeError(`${name} must be an API key: kr_, then letters, digits, - and _, with no space or line break`);
  }
  const parts = WITH_CHECKSUM.exec(key);
  if (parts && parts[2] !== checksum(parts[1])) {
    throw new TypeError(`${name} is no API key: its last characters do not fit the others; was it copied whole?`);
  }
  return key;
}

/** @param {unknown} given @returns {string} without a slash at its end */
function checkedUrl(given) {
  const [text, name] = setting(given, "baseUrl", "CAMPAIGNS_BASE_URL");
  if (typeof text !== "string" || !isBaseUrl(text)) {
    throw new TypeError(`${name} must be the URL of the API (https://...), such that with /api/campaigns after it, it is the list`);
  }
  return text.replace(/\/+$/, "");
}

/** Without user, query and fragment: the key would not be sent, or the path end elsewhere. */
function isBaseUrl(text) {
  if (!/^https?:\/\/[^/]/.test(text) || /[\s?#@\\]|[^\P{C}]/u.test(text)) return false;
  try {
    return !new URL(text).pathname.replace(/\/+$/, "").endsWith("/api/campaigns");
  } catch {
    return false;
  }
}

/** A setting, and the name of the place that it came from. */
function setting(given, option, variable) {
  if (given !== undefined) return [given, option];
  const found = environment(variable);
  if (found) return [found, variable];
  throw new TypeError(`${option} must be given, or ${variable} set in the environment`);
}

/** The CRC-32 in six digits to the base of 62. */
function checksum(text) {
  let rest = 0xffffffff;
  for (const character of text) {
    rest ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  rest = ~rest >>> 0;
  let digits = "";
  for (let count = 0; count < 6; count += 1) {
    digits = DIGITS[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
