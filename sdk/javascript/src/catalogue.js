import { Listing } from "./pages.js";
import { isCount, path, read } from "./requests.js";

/** What campaigns may hold, by id; other services own it. Every method may reject with a `KraiterError`. */
export class Catalogue {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  /** The sequences, by id: one page when awaited, all when iterated over. */
  sequences(query = {}, options = {}) {
    return this.#entries("sequences", query, options);
  }

  /** One sequence, and how many campaigns hold it, archived ones among them. */
  sequence(id, options = {}) {
    return this.#entry("sequences", id, options);
  }

  /** The templates, by id: one page when awaited, all when iterated over. */
  templates(query = {}, options = {}) {
    return this.#entries("templates", query, options);
  }

  /** One template, and how many campaigns hold it, archived ones among them. */
  template(id, options = {}) {
    return this.#entry("templates", id, options);
  }

  #entries(kind, { limit, cursor, ...filters }, options) {
    return new Listing(this.#transport, path("catalogue", kind), filters, cursor, limit, options);
  }

  async #entry(kind, id, options) {
    const answer = await this.#transport.send("GET", path("catalogue", kind, id), { options });
    return read(answer, ({ campaignCount }) => isCount(campaignCount));
  }
}
