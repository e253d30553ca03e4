/**
 * What a client is made with, checked here, so that a mistake shows at once and under its name. No message repeats a key,
 * nor what stands in an address.
 */
const KEY = /^kr_[A-Za-z0-9_-]+$/;
const WITH_CHECKSUM = /^kr_([A-Za-z0-9]{43})([A-Za-z0-9]{6})$/;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** @param {unknown} given @returns {string} */
export function checkedKey(given) {
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
export function checkedUrl(given) {
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

/** A setting, and the name of the place that it came from; a browser has no environment. */
function setting(given, option, variable) {
  if (given !== undefined) return [given, option];
  const found = globalThis.process?.env?.[variable];
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
