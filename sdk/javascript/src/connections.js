/**
 * Deno and Bun send a request again, by themselves, where the kept connection that it went over breaks before an answer
 * comes. What changes something could then be refused because of its own success: it goes over a connection of its own.
 */
let client;

/** What Bun's and Deno's `fetch` have to be told; others know neither. */
export function ofItsOwn() {
  client ??= globalThis.Deno?.createHttpClient?.({ poolMaxIdlePerHost: 0 });
  return client ? { client } : { keepalive: false };
}
