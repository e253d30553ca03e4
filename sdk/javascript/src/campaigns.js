import { header } from "./configuration.js";
import { ConflictError, NotFoundError } from "./errors.js";
import { Listing } from "./pages.js";
import { campaignOf, checkEmpty, conditions, isCount, newKey, path, read, search } from "./requests.js";
import { isInDoubt } from "./transport.js";

/** Campaigns, and what is part of them. Every method may reject with a `KraiterError`. */
export class Campaigns {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  /** Make a draft with all that it shall hold. Sent under an idempotency key, so that a repetition can't create twice. */
  create(campaign, options = {}) {
    return this.#create("", campaign, options);
  }

  /** Make a draft with all that a campaign holds. Sent under an idempotency key, as a creation is. */
  clone(id, { name } = {}, options = {}) {
    return this.#create(path(id, "clone"), { name }, options);
  }

  /**
   * Those that all filters let pass, newest first unless `sort` says otherwise. Await it for one page, or iterate over it
   * for all campaigns.
   */
  list({ limit, cursor, ...filters } = {}, options = {}) {
    return new Listing(this.#transport, "", filters, cursor, limit, options);
  }

  /** How many campaigns all filters let pass; exact up to 10,000. */
  async count(filters = {}, options = {}) {
    return read(await this.#transport.send("GET", `/count${search(filters)}`, { options }), isCount);
  }

  /** One campaign. */
  async get(id, options = {}) {
    return campaignOf(await this.#transport.send("GET", path(id), { options }));
  }

  /**
   * Set the fields that are given; `description: null` clears it. With `ifMatch`, only where the campaign is still as it
   * says, and repeated in doubt no more: a repetition could be refused because of its own success.
   */
  update(id, patch, options = {}) {
    return this.#change("PATCH", path(id), patch, options);
  }

  /** Take several in and out in one change, or none: `{add: {sequences: [...]}, remove: {templates: [...]}}`. */
  changeAssociations(id, changes, options = {}) {
    return this.#change("POST", path(id, "associations"), changes, options);
  }

  /** Let the campaign hold exactly these sequences, in this order. */
  setSequences(id, ids, options = {}) {
    return this.#change("PUT", path(id, "sequences"), { ids }, options);
  }

  /** Let the campaign hold exactly these templates, in this order. */
  setTemplates(id, ids, options = {}) {
    return this.#change("PUT", path(id, "templates"), { ids }, options);
  }

  /** Delete a campaign; its sequences and templates stay. */
  async delete(id, { ifMatch, ...options } = {}) {
    try {
      checkEmpty(await this.#transport.send("DELETE", path(id), { headers: conditions(ifMatch), options }));
    } catch (error) {
      // Gone after an attempt without an answer: that is what was asked for.
      if (!(error instanceof NotFoundError && isInDoubt(error))) throw error;
    }
  }

  /** Add a sequence; the campaign as it is then. */
  addSequence(id, sequenceId, options = {}) {
    return this.#add(id, "sequences", sequenceId, options);
  }

  /** Take a sequence out; nothing happens where it is not part. */
  removeSequence(id, sequenceId, options = {}) {
    return this.#remove(id, "sequences", sequenceId, options);
  }

  /** Add a template; the campaign as it is then. */
  addTemplate(id, templateId, options = {}) {
    return this.#add(id, "templates", templateId, options);
  }

  /** Take a template out; nothing happens where it is not part. */
  removeTemplate(id, templateId, options = {}) {
    return this.#remove(id, "templates", templateId, options);
  }

  async #create(path, body, { idempotencyKey = newKey(), ...options }) {
    const headers = { "Idempotency-Key": header("idempotencyKey", idempotencyKey) };
    return campaignOf(await this.#transport.send("POST", path, { body, headers, options }));
  }

  async #change(method, path, body, { ifMatch, ...options }) {
    const headers = conditions(ifMatch);
    const repeatInDoubt = ifMatch === undefined;
    return campaignOf(await this.#transport.send(method, path, { body, headers, options, repeatInDoubt }));
  }

  async #add(id, kind, associationId, options) {
    try {
      return campaignOf(await this.#transport.send("POST", path(id, kind, associationId), { options }));
    } catch (error) {
      if (!(error instanceof ConflictError && isInDoubt(error))) throw error;
      // Part of it after an attempt without an answer: that is what was asked for.
      return this.get(id, options);
    }
  }

  async #remove(id, kind, associationId, { ifMatch, ...options }) {
    const headers = conditions(ifMatch);
    const repeatInDoubt = ifMatch === undefined;
    checkEmpty(await this.#transport.send("DELETE", path(id, kind, associationId), { headers, options, repeatInDoubt }));
  }
}
