import { read, search } from "./requests.js";

/** As many as the API answers at once. */
const LARGEST = 100;

/** One page when awaited, all when iterated over; no request before either. */
export class Listing {
  #transport;
  #path;
  #filters;
  #cursor;
  #limit;
  #options;
  #first;

  constructor(transport, path, filters, cursor, limit, options) {
    this.#transport = transport;
    this.#path = path;
    this.#filters = filters;
    this.#cursor = cursor;
    this.#limit = limit;
    this.#options = options;
  }

  then(resolve, reject) {
    this.#first ??= this.from(this.#cursor);
    return this.#first.then(resolve, reject);
  }

  catch(reject) {
    return this.then(undefined, reject);
  }

  finally(settled) {
    return this.then().finally(settled);
  }

  async *[Symbol.asyncIterator]() {
    for await (const page of this.pages()) yield* page.data;
  }

  /** The same, page by page. */
  async *pages() {
    for (let page = await this; page !== null; page = await page.nextPage()) yield page;
  }

  /** The first `count` of them, or as many as there are; in pages as large as that, unless they have a limit. */
  async take(count) {
    const found = [];
    if (count < 1) return found;
    const limit = this.#limit ?? Math.min(count, LARGEST);
    const listing = new Listing(this.#transport, this.#path, this.#filters, this.#cursor, limit, this.#options);
    for await (const page of listing.pages()) {
      found.push(...page.data);
      if (found.length >= count) break;
    }
    return found.slice(0, count);
  }

  /** The page after a cursor. */
  async from(cursor) {
    const query = search({ ...this.#filters, limit: this.#limit, cursor });
    const page = read(await this.#transport.send("GET", `${this.#path}${query}`, { options: this.#options }), isPage);
    const hasNextPage = page.nextCursor !== null;
    // Beside the answer, not part of it: neither printed nor copied.
    return Object.defineProperties(page, {
      hasNextPage: { value: hasNextPage },
      nextPage: { value: async () => (hasNextPage ? this.from(page.nextCursor) : null) },
    });
  }
}

function isPage({ data, nextCursor }) {
  return Array.isArray(data) && (nextCursor === null || typeof nextCursor === "string");
}
