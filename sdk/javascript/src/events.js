import { Listing } from "./pages.js";

/** What happened to campaigns, and who did it. It takes a key that may read events. */
export class Events {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  /** What happened, newest first: one page when awaited, all when iterated over. */
  list({ campaign, limit, cursor, ...filters } = {}, options = {}) {
    const asked = { campaign: typeof campaign === "object" ? campaign?.id : campaign, ...filters };
    return new Listing(this.#transport, "/events", asked, cursor, limit, options);
  }
}
