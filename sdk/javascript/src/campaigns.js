import { ConflictError, NotFoundError, unexpected } from "./errors.js";
import { isInDoubt } from "./transport.js";

const ROOT = "/api/campaigns";

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

  /** Newest first. Await it for one page, `{data, nextCursor}`, or iterate over it for all campaigns. */
  list({ limit, cursor } = {}, options = {}) {
    return new CampaignList((after) => this.#page(limit, after, options), cursor);
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

  async #page(limit, cursor, options) {
    const given = Object.entries({ limit, cursor }).filter(([, value]) => value !== undefined && value !== null);
    const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    const answer = await this.#transport.send("GET", given.length ? `?${query}` : "", { options });
    return read(answer, isPage);
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

/** One page when awaited, all campaigns when iterated over; no request before either. */
class CampaignList {
  #fetchPage;
  #cursor;
  #first;

  constructor(fetchPage, cursor) {
    this.#fetchPage = fetchPage;
    this.#cursor = cursor;
  }

  then(resolve, reject) {
    this.#first ??= this.#fetchPage(this.#cursor);
    return this.#first.then(resolve, reject);
  }

  catch(reject) {
    return this.then(undefined, reject);
  }

  finally(settled) {
    return this.then().finally(settled);
  }

  async *[Symbol.asyncIterator]() {
    let page = await this;
    yield* page.data;
    while (page.nextCursor !== null) {
      page = await this.#fetchPage(page.nextCursor);
      yield* page.data;
    }
  }
}

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

/** A campaign. Services of before say its version in the header alone. */
function campaignOf(answer) {
  const campaign = read(answer, (body) => typeof body.id === "string");
  return { etag: answer.response.headers.get("ETag") ?? undefined, ...campaign };
}

/** The JSON of a success, which may come from somebody else where the base URL is wrong. */
function read({ response, text }, isRight) {
  try {
    const body = JSON.parse(text);
    if (isRight(body)) return body;
  } catch {
    // Falls through: that it is no JSON says no more than that it is not the API's.
  }
  throw unexpected(response);
}

function isPage({ data, nextCursor }) {
  return Array.isArray(data) && (nextCursor === null || typeof nextCursor === "string");
}

/** A success that has something to say is not the API's. */
function checkEmpty({ response }) {
  if (response.status !== 204) throw unexpected(response);
}

/** What can be sent as a header, and is not cut short on its way. */
function header(name, value) {
  if (typeof value !== "string" || !/^[!-~]([ -~]*[!-~])?$/.test(value)) {
    throw new TypeError(`${name} must be 1 or more printable ASCII characters, without spaces around them`);
  }
  return value;
}

/** Node 18 has no global crypto, and a page that came over plain HTTP no randomUUID. */
function newKey() {
  const drawn = () => Math.random().toString(36).slice(2);
  return globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${drawn()}-${drawn()}-${drawn()}`;
}

function conditions(ifMatch) {
  if (ifMatch === undefined) return {};
  const tag = typeof ifMatch === "string" ? ifMatch : ifMatch?.etag;
  if (typeof tag !== "string") throw new TypeError("ifMatch must be an ETag, or a campaign that has one");
  return { "If-Match": header("ifMatch", tag) };
}

function path(...segments) {
  for (const segment of segments) {
    // These would be taken out of the path, and the request would go elsewhere.
    if (typeof segment !== "string" || ["", ".", ".."].includes(segment)) {
      throw new TypeError(`an id must not be ${JSON.stringify(segment)}`);
    }
  }
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
}
