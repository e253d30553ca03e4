// The client against a server on this machine that answers from a script.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, beforeEach, test } from "node:test";
import { inspect } from "node:util";

import DefaultKraiter, * as sdk from "../src/index.js";

const { Kraiter, KraiterError } = sdk;
const KEY = `kr_${"k".repeat(43)}`;
const ID = "cmp_01K56D2A80T5E6QJ3Z8W2N4V7X";
const CAMPAIGN = {
  id: ID,
  name: "Q4 Product Launch",
  description: null,
  status: "draft",
  sequences: [{ id: "onboarding", name: "Onboarding Sequence" }],
  templates: [],
  labels: ["emea", "q4"],
  metadata: { crmId: "42" },
  startsAt: null,
  endsAt: null,
  archivedAt: null,
  createdAt: "2025-09-15T10:00:00.000Z",
  updatedAt: "2025-09-15T10:00:00.000Z",
  etag: '\"3\"',
};

const ok = (body = CAMPAIGN) => ({ status: 200, body: JSON.stringify(body), headers: { ETag: '"3"' } });
const none = { status: 204 };
const refusal = (status, code, headers = {}, details = [{ field: "name", message: "is required" }]) => ({
  status,
  headers,
  body: JSON.stringify({
    error: { code, message: "No.", requestId: "r-1", details },
  }),
});
const cutOff = "cut off";
const silence = "silence";
const IN_DOUBT = [
  cutOff,
  refusal(503, "UNAVAILABLE"),
  { status: 502, body: "<html>" },
  refusal(504, "TIMEOUT"),
];

let server, script, seen, kraiter;

beforeEach(async () => {
  script = [];
  seen = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    const answer = script.shift();
    if (answer === cutOff) return void request.socket.destroy();
    if (answer === silence) return;
    // Over a kept connection that breaks, Deno and Bun ask again by themselves.
    response.writeHead(answer.status, { Connection: "close", ...answer.headers }).end(answer.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  kraiter = new Kraiter({ apiKey: KEY, baseUrl: `http://127.0.0.1:${server.address().port}/v1/` });
  // Pauses are drawn at random; here, the shortest.
  Math.random = () => 0;
});
const random = Math.random;
afterEach(() => {
  Math.random = random;
  server.closeAllConnections();
  server.close();
});

const WHOLE = { name: "n", labels: ["q4"], metadata: { crmId: "42" }, sequences: ["a"], templates: ["t", "u"] };
const CHANGES = { add: { sequences: ["a"], templates: [] }, remove: { templates: ["t"] } };
const RELABEL = { labels: ["b"], metadata: { crmId: null }, archived: true };
const START = new Date("2027-01-01T00:00:00Z");
const MOVE = { startsAt: null, endsAt: START };
const CALLS = {
  create: [(c) => c.create({ name: "n", description: "d" }), "POST", "", { name: "n", description: "d" }],
  createWhole: [(c) => c.create(WHOLE), "POST", "", WHOLE],
  clone: [(c) => c.clone(ID), "POST", `/${ID}/clone`, {}],
  cloneNamed: [(c) => c.clone(ID, { name: "n" }), "POST", `/${ID}/clone`, { name: "n" }],
  changeAssociations: [(c) => c.changeAssociations(ID, CHANGES), "POST", `/${ID}/associations`, CHANGES],
  setSequences: [(c) => c.setSequences(ID, ["b", "a"]), "PUT", `/${ID}/sequences`, { ids: ["b", "a"] }],
  setTemplates: [(c) => c.setTemplates(ID, []), "PUT", `/${ID}/templates`, { ids: [] }],
  relabel: [(c) => c.update(ID, RELABEL), "PATCH", `/${ID}`, RELABEL],
  createDated: [(c) => c.create({ name: "n", startsAt: START }), "POST", "", { name: "n", startsAt: START.toJSON() }],
  moveDates: [(c) => c.update(ID, MOVE), "PATCH", `/${ID}`, { startsAt: null, endsAt: START.toJSON() }],
  get: [(c) => c.get(ID), "GET", `/${ID}`],
  update: [(c) => c.update(ID, { status: "active" }), "PATCH", `/${ID}`, { status: "active" }],
  clear: [(c) => c.update(ID, { description: null }), "PATCH", `/${ID}`, { description: null }],
  delete: [(c) => c.delete(ID), "DELETE", `/${ID}`],
  addSequence: [(c) => c.addSequence(ID, "a b/c"), "POST", `/${ID}/sequences/a%20b%2Fc`],
  removeSequence: [(c) => c.removeSequence(ID, "é"), "DELETE", `/${ID}/sequences/%C3%A9`],
  addTemplate: [(c) => c.addTemplate(ID, "t"), "POST", `/${ID}/templates/t`],
  removeTemplate: [(c) => c.removeTemplate(ID, "t%20"), "DELETE", `/${ID}/templates/t%2520`],
};

for (const [name, [use, method, path, body]] of Object.entries(CALLS)) {
  test(`${name} sends its request`, async () => {
    script = [method === "DELETE" ? none : ok()];
    const result = await use(kraiter.campaigns);
    const [request] = seen;
    assert.equal(`${request.method} ${request.url}`, `${method} /v1/api/campaigns${path}`);
    assert.deepEqual(request.body === "" ? undefined : JSON.parse(request.body), body);
    assert.equal(request.headers.authorization, `Bearer ${KEY}`);
    assert.equal("idempotency-key" in request.headers, /^(create|clone)/.test(name));
    if (method === "DELETE") return assert.equal(result, undefined);
    assert.deepEqual(result, CAMPAIGN);
    assert.equal(result.etag, '"3"');
  });

  test(`${name} is repeated where it did not get through`, async () => {
    for (const answer of [...IN_DOUBT, refusal(429, "RATE_LIMITED")]) {
      script = [answer, answer, method === "DELETE" ? none : ok()];
      seen = [];
      await use(kraiter.campaigns);
      assert.equal(seen.length, 3);
      assert.equal(new Set(seen.map((request) => request.headers["idempotency-key"])).size, 1);
    }
  });
}

test("a service of before says the version in the header", async () => {
  const { etag, ...ofBefore } = CAMPAIGN;
  script = [ok(ofBefore)];
  assert.equal((await kraiter.campaigns.get(ID)).etag, etag);
});

test("whoami tells the tenant and the key", async () => {
  const identity = { tenantId: "acme", key: { id: "key_1", name: null, scopes: ["campaigns:read"], expiresAt: null } };
  script = [ok(identity)];
  assert.deepEqual(await kraiter.whoami(), identity);
  assert.deepEqual(seen.map((request) => `${request.method} ${request.url}`), ["GET /v1/api/campaigns/whoami"]);
  script = [ok({})];
  await assert.rejects(kraiter.whoami(), { code: "UNEXPECTED_ANSWER" });
});

test("a request for what has no method yet", async () => {
  script = [cutOff, { status: 200, body: '{"count": 3, "new": true}', headers: { "X-Request-Id": "r-9" } }, none];
  const answer = await kraiter.request("GET", "/api/campaigns/count", { query: { label: "a b" } });
  assert.deepEqual([answer.statusCode, answer.requestId, answer.body], [200, "r-9", { count: 3, new: true }]);
  assert.equal((await kraiter.request("DELETE", `/api/campaigns/${ID}`)).body, null);
  assert.deepEqual(seen.slice(1).map((request) => `${request.method} ${request.url}`), [
    "GET /v1/api/campaigns/count?label=a+b", `DELETE /v1/api/campaigns/${ID}`,
  ]);
  for (const [method, headers, times] of [["POST", {}, 1], ["POST", { "Idempotency-Key": "k" }, 2], ["PUT", { "If-Match": "*" }, 1]]) {
    seen = [];
    script = [refusal(503, "UNAVAILABLE"), ok()];
    await kraiter.request(method, "/api/campaigns/new", { body: { a: 1 }, headers }).catch((error) => assert.equal(error.code, "UNAVAILABLE"));
    assert.deepEqual(seen.map((request) => request.body), Array(times).fill('{"a":1}'));
  }
  for (const path of ["/elsewhere", "/api/campaignsome", "@elsewhere"]) await assert.rejects(kraiter.request("GET", path), TypeError);
  script = [{ status: 200, body: "<html>" }];
  await assert.rejects(kraiter.request("GET", "/api/campaigns/count"), { code: "UNEXPECTED_ANSWER" });
});

test("who does not find what is always there has not found the API", async () => {
  for (const use of [() => kraiter.whoami(), (c) => c.list({ limit: 1 }), (c) => c.create({ name: "n" })]) {
    script = [refusal(404, "NOT_FOUND", {}, [])];
    await assert.rejects(async () => use(kraiter.campaigns), { code: "UNEXPECTED_ANSWER", statusCode: 404 });
  }
});

test("a refusal tells the scope that the key lacks", async () => {
  script = [refusal(403, "FORBIDDEN", {}, [{ field: "scope", message: "needs campaigns:write" }]), refusal(403, "FORBIDDEN")];
  await assert.rejects(kraiter.campaigns.create({ name: "n" }), { name: "ForbiddenError", scope: "campaigns:write" });
  await assert.rejects(kraiter.campaigns.get(ID), (error) => error.scope === undefined);
});

test("a list is one page when awaited, asked for once and only then", async () => {
  script = [ok({ data: [CAMPAIGN], nextCursor: "c1" })];
  const list = kraiter.campaigns.list({ limit: 1, cursor: "c0" });
  assert.equal(seen.length, 0);
  assert.deepEqual(await list, { data: [CAMPAIGN], nextCursor: "c1" });
  assert.equal((await list).nextCursor, "c1");
  assert.deepEqual(seen.map((request) => request.url), ["/v1/api/campaigns?limit=1&cursor=c0"]);
});

test("a list is all campaigns when iterated over", async () => {
  script = [ok({ data: [CAMPAIGN, CAMPAIGN], nextCursor: "c+/=" }), ok({ data: [CAMPAIGN], nextCursor: null })];
  const found = [];
  for await (const campaign of kraiter.campaigns.list()) found.push(campaign.id);
  assert.deepEqual(found, [ID, ID, ID]);
  assert.deepEqual(seen.map((request) => request.url), ["/v1/api/campaigns", "/v1/api/campaigns?cursor=c%2B%2F%3D"]);
});

test("every code has its class", async () => {
  const classes = {
    VALIDATION_ERROR: "ValidationError",
    UNAUTHORISED: "UnauthorisedError",
    FORBIDDEN: "ForbiddenError",
    NOT_FOUND: "NotFoundError",
    METHOD_NOT_ALLOWED: "MethodNotAllowedError",
    CONFLICT: "ConflictError",
    PRECONDITION_FAILED: "PreconditionFailedError",
    PAYLOAD_TOO_LARGE: "PayloadTooLargeError",
    UNSUPPORTED_MEDIA_TYPE: "UnsupportedMediaTypeError",
    RATE_LIMITED: "RateLimitedError",
    INTERNAL_ERROR: "InternalError",
    UNAVAILABLE: "UnavailableError",
    TIMEOUT: "GatewayTimeoutError",
    NEW_ONE: "KraiterError",
  };
  for (const [code, name] of Object.entries(classes)) {
    script = [refusal(418, code)];
    const error = await kraiter.campaigns.get(ID).catch((caught) => caught);
    assert.equal(error.constructor, sdk[name]);
    assert.ok(error instanceof KraiterError && error instanceof Error);
    const { message, statusCode, requestId, details } = error;
    assert.deepEqual(
      { name: error.name, code: error.code, message, statusCode, requestId, details },
      { name, code, message: "No.", statusCode: 418, requestId: "r-1", details: [{ field: "name", message: "is required" }] },
    );
  }
});

test("an answer of a proxy is an error, too", async () => {
  for (const body of ["<html>", "[]", '{"error": "no"}', "null", ""]) {
    for (const [status, code] of [[413, "PAYLOAD_TOO_LARGE"], [500, "INTERNAL_ERROR"], [418, "INTERNAL_ERROR"]]) {
      script = [{ status, body, headers: { "X-Request-Id": "r-2" } }];
      await assert.rejects(kraiter.campaigns.get(ID), { code, statusCode: status, requestId: "r-2", details: [] });
    }
    for (const status of [400, 401, 403, 404, 405, 409, 412, 415]) {
      for (const use of [(c) => c.get(ID), (c) => c.delete(ID), (c) => c.addSequence(ID, "s")]) {
        script = [{ status, body, headers: { "X-Request-Id": "r-2" } }];
        await assert.rejects(use(kraiter.campaigns), { name: "UnexpectedAnswerError", statusCode: status, requestId: "r-2" });
      }
    }
  }
});

test("a success that is not the API's says so", async () => {
  for (const body of ["<html>hello</html>", "", "[]", "null", "{}", '{"data": 1}']) {
    for (const use of [(c) => c.get(ID), (c) => c.create({ name: "n" }), (c) => c.list()]) {
      script = [{ status: 200, body }];
      await assert.rejects(async () => use(kraiter.campaigns), { code: "UNEXPECTED_ANSWER", statusCode: 200 });
    }
  }
});

test("a redirection is not followed, and told at once", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    script = [{ status, headers: { Location: "/elsewhere" } }];
    seen = [];
    await assert.rejects(kraiter.campaigns.create({ name: "n" }), { code: "UNEXPECTED_ANSWER", statusCode: status });
    assert.deepEqual(seen.map((request) => `${request.method} ${request.url}`), ["POST /v1/api/campaigns"]);
  }
  // A browser shows nothing of it.
  const opaque = { ok: false, status: 0, type: "opaqueredirect", headers: new Headers(), text: async () => "" };
  const inBrowser = new Kraiter({ apiKey: KEY, baseUrl: "https://api.test", fetch: async () => opaque });
  await assert.rejects(inBrowser.campaigns.get(ID), { code: "UNEXPECTED_ANSWER", message: /with a redirection/ });
});

test("only 204 says that something is gone", async () => {
  for (const status of [200, 201, 202]) {
    for (const use of [(c) => c.delete(ID), (c) => c.removeSequence(ID, "s")]) {
      script = [{ status, body: "<html>Welcome</html>" }];
      await assert.rejects(use(kraiter.campaigns), { code: "UNEXPECTED_ANSWER", statusCode: status });
    }
  }
  script = [cutOff, { status: 404, body: "<html>" }];
  await assert.rejects(kraiter.campaigns.delete(ID), { code: "UNEXPECTED_ANSWER" });
});

test("a list that does not say whether there is more is not the API's", async () => {
  for (const nextCursor of [undefined, 7, {}]) {
    script = [ok({ data: [CAMPAIGN], nextCursor })];
    await assert.rejects(async () => kraiter.campaigns.list(), { code: "UNEXPECTED_ANSWER" });
    script = [ok({ data: [CAMPAIGN], nextCursor })];
    await assert.rejects(async () => { for await (const each of kraiter.campaigns.list()) assert.ok(each); }, { code: "UNEXPECTED_ANSWER" });
  }
});

test("a body that is not compressed as it says ends the call", async () => {
  for (const encoding of ["gzip", "deflate", "br", "gzip, gzip"]) {
    script = Array(4).fill({ status: 200, body: "no gzip", headers: { "Content-Encoding": encoding } });
    await assert.rejects(kraiter.campaigns.get(ID, { timeout: 2000 }), KraiterError);
  }
});

test("a body that never comes ends with the time-out, whatever fetch makes of its signal", async () => {
  const deaf = async () => ({ ok: true, status: 200, headers: new Headers(), text: () => new Promise(() => {}) });
  const client = new Kraiter({ apiKey: KEY, baseUrl: "https://api.test", fetch: deaf, maxRetries: 0, timeout: 50 });
  await assert.rejects(client.campaigns.get(ID), { code: "NO_ANSWER", message: /took too long/ });
});

test("an error without an answer has its cause", async () => {
  script = Array(4).fill(cutOff);
  const error = await kraiter.campaigns.get(ID).catch((caught) => caught);
  assert.equal(error.code, "NO_ANSWER");
  assert.ok(error.cause instanceof Error);
});

test("what a caller gives is sent as it is, so that the API can say what is wrong with it", async () => {
  script = [ok(), ok()];
  await kraiter.campaigns.create({ name: "n", colour: "red" });
  await kraiter.campaigns.update(ID, { nmae: "n" });
  assert.deepEqual(seen.map((request) => JSON.parse(request.body)), [{ name: "n", colour: "red" }, { nmae: "n" }]);
});

test("repetitions end", async () => {
  for (const answer of [...IN_DOUBT, refusal(429, "RATE_LIMITED")]) {
    script = Array(4).fill(answer);
    seen = [];
    await assert.rejects(kraiter.campaigns.get(ID), KraiterError);
    assert.equal(seen.length, 4);
  }
});

test("an answer for good is not repeated", async () => {
  for (const status of [400, 401, 403, 404, 405, 409, 412, 413, 415, 500]) {
    script = [refusal(status, "CODE")];
    seen = [];
    await assert.rejects(kraiter.campaigns.create({ name: "n" }), { statusCode: status });
    assert.equal(seen.length, 1);
  }
});

test("a change with a condition is not repeated in doubt, but when throttled", async () => {
  const condition = { ifMatch: '"3"' };
  for (const change of [
    (c) => c.update(ID, { name: "n" }, condition),
    (c) => c.removeSequence(ID, "s", condition),
    (c) => c.removeTemplate(ID, "t", condition),
    (c) => c.changeAssociations(ID, {}, condition),
    (c) => c.setSequences(ID, [], condition),
    (c) => c.setTemplates(ID, [], condition),
  ]) {
    for (const answer of IN_DOUBT) {
      script = [answer];
      seen = [];
      await assert.rejects(change(kraiter.campaigns), KraiterError);
      assert.deepEqual(seen.map((request) => request.headers["if-match"]), ['"3"']);
    }
  }
  script = [ok(), refusal(429, "RATE_LIMITED"), ok()];
  await kraiter.campaigns.update(ID, { name: "n" }, { ifMatch: await kraiter.campaigns.get(ID) });
  assert.deepEqual(seen.slice(-2).map((request) => request.headers["if-match"]), ['"3"', '"3"']);
});

test("what was done and not answered is a success", async () => {
  for (const answer of IN_DOUBT) {
    script = [answer, refusal(404, "NOT_FOUND")];
    await kraiter.campaigns.delete(ID);
    script = [answer, refusal(409, "CONFLICT"), ok()];
    assert.equal((await kraiter.campaigns.addSequence(ID, "onboarding")).id, ID);
  }
});

test("without a doubt, gone and conflict are errors", async () => {
  for (const before of [[], [refusal(429, "RATE_LIMITED")]]) {
    script = [...before, refusal(404, "NOT_FOUND")];
    await assert.rejects(kraiter.campaigns.delete(ID), sdk.NotFoundError);
    script = [...before, refusal(409, "CONFLICT")];
    await assert.rejects(kraiter.campaigns.addTemplate(ID, "t"), sdk.ConflictError);
  }
});

test("Retry-After is honoured", async () => {
  for (const headerOf of [() => "1", () => new Date(Date.now() + 2000).toUTCString()]) {
    const header = headerOf();
    script = [refusal(429, "RATE_LIMITED", { "Retry-After": header }), ok()];
    const started = Date.now();
    await kraiter.campaigns.get(ID);
    const waited = Date.now() - started;
    assert.ok(waited >= 700 && waited < 5000, `${header}: ${waited} ms`);
  }
});

test("who is told to wait for more than a minute is told so", async () => {
  for (const status of [429, 503]) {
    for (const header of ["61", "100000", "9".repeat(400), "Fri, 31 Dec 9999 23:59:59 GMT"]) {
      script = [refusal(status, "RATE_LIMITED", { "Retry-After": header })];
      const error = await kraiter.campaigns.get(ID).catch((caught) => caught);
      assert.equal(error.code, "RATE_LIMITED");
      assert.ok(error.retryAfter > 60);
    }
  }
});

test("a Retry-After that says nothing is ignored", async () => {
  for (const header of ["soon", "", "-1", "1.5e300", "1.5", "Fri, 31 Dec 99999999 23:59:59 GMT"]) {
    script = [refusal(503, "UNAVAILABLE", { "Retry-After": header }), ok()];
    const started = Date.now();
    await kraiter.campaigns.get(ID);
    assert.ok(Date.now() - started < 5000, header);
  }
});

test("a time-out is repeated, then told", async () => {
  script = [silence, ok()];
  await kraiter.campaigns.get(ID, { timeout: 100 });
  script = Array(4).fill(silence);
  await assert.rejects(kraiter.campaigns.get(ID, { timeout: 50 }), { code: "NO_ANSWER", message: /took too long/ });
});

test("a signal ends the call at once, also in a pause", async () => {
  const reason = new Error("enough");
  script = [silence];
  await assert.rejects(kraiter.campaigns.get(ID, { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(seen.length, 0);
  for (const answer of [silence, refusal(429, "RATE_LIMITED", { "Retry-After": "60" })]) {
    script = [answer];
    const controller = new AbortController();
    const call = kraiter.campaigns.get(ID, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 100);
    const started = Date.now();
    await assert.rejects(call, reason);
    assert.ok(Date.now() - started < 2000);
  }
});

test("what can't be right is refused before it is sent", async () => {
  for (const id of ["", ".", "..", undefined, 7]) {
    await assert.rejects(kraiter.campaigns.get(id), TypeError);
    await assert.rejects(kraiter.campaigns.removeTemplate(ID, id), TypeError);
  }
  await assert.rejects(kraiter.campaigns.delete(ID, { ifMatch: { ...CAMPAIGN, etag: undefined } }), /an ETag, or a campaign that has one/);
  assert.equal(seen.length, 0);
  for (const wrong of [{ apiKey: "" }, { baseUrl: "api.test" }, { timeout: 0 }, { timeout: Infinity }, { maxRetries: -1 }, { fetch: 1 }]) {
    assert.throws(() => new Kraiter({ apiKey: KEY, baseUrl: "https://api.test", ...wrong }), TypeError);
  }
  assert.throws(() => new Kraiter({ apiKey: null, baseUrl: "https://api.test" }), /apiKey must be/);
});

test("what can't be sent is the caller's mistake, at once", async () => {
  for (const text of ["", " ", "a\nb", "a ", "é", "\0", 7]) {
    await assert.rejects(kraiter.campaigns.create({ name: "n" }, { idempotencyKey: text }), /printable ASCII/);
  }
  await assert.rejects(kraiter.campaigns.update(ID, { name: "n" }, { ifMatch: "a\nb" }), /printable ASCII/);
  const circle = {};
  circle.circle = circle;
  for (const name of [circle, 7n]) await assert.rejects(kraiter.campaigns.create({ name }), TypeError);
  await assert.rejects(kraiter.campaigns.get(ID, { timeout: 0 }), /timeout must be/);
  assert.equal(seen.length, 0);
});

test("a bad base URL is one clear error", () => {
  for (const path of ["", "https://", "http://[", "https://a b", "https://h:99999", "ftp://h", "https://u:secret@h", "https://h?x",
    "https://h#x", "https://h\n/x", "https://h/v1/api/campaigns", "//h", "https:///h"]) {
    assert.throws(() => new Kraiter({ apiKey: KEY, baseUrl: path }), (error) =>
      error instanceof TypeError && error.message.startsWith("baseUrl must be the URL of the API") && !error.message.includes("secret"), path);
  }
});

// Six digits to the base of 62 that are the CRC-32 of the 43 characters, as worked out with bc.
const WITH_CHECKSUM = `${KEY}3KDhKU`;

test("what is no key is refused and not repeated", () => {
  const strays = ["\n", "\r\n", " ", "\0", "\t", "\x7f", "é", "\u200b", "…"];
  const wrong = [...strays.map((stray) => KEY + stray), ` ${KEY}`, `Bearer ${KEY}`, `${KEY.slice(0, 20)}\n${KEY.slice(20)}`,
    KEY.slice(3), `${KEY}3KDhKV`, `kr_${"l".repeat(43)}3KDhKU`];
  for (const key of wrong) {
    assert.throws(() => new Kraiter({ apiKey: key, baseUrl: "https://api.test" }), (error) => {
      const shown = inspect(error, { depth: null, showHidden: true });
      return error instanceof TypeError && error.message.startsWith("apiKey ") && !/kkkkkk|llllll/.test(shown);
    });
  }
  for (const key of [KEY, WITH_CHECKSUM, `kr_${"-_".repeat(21)}Z`]) {
    const client = new Kraiter({ apiKey: key, baseUrl: "https://api.test/v1/" });
    assert.equal(inspect(client), `Kraiter { apiKey: '${key.slice(0, 5)}…', baseUrl: 'https://api.test/v1' }`);
    assert.equal(`${client}`, inspect(client));
  }
});

test("a client takes from the environment what it is not given", () => {
  const before = { ...process.env };
  try {
    Object.assign(process.env, { CAMPAIGNS_API_KEY: KEY, CAMPAIGNS_BASE_URL: "https://of.the.environment" });
    assert.match(`${new Kraiter()}`, /kr_kk….*https:\/\/of\.the\.environment/);
    assert.match(`${new Kraiter({ baseUrl: "https://given" })}`, /https:\/\/given/);
    process.env.CAMPAIGNS_API_KEY = `${KEY}\n`;
    assert.throws(() => new Kraiter(), /^TypeError: CAMPAIGNS_API_KEY must be an API key/);
    process.env.CAMPAIGNS_BASE_URL = process.env.CAMPAIGNS_API_KEY = "";
    assert.throws(() => new Kraiter({ apiKey: KEY }), /baseUrl must be given, or CAMPAIGNS_BASE_URL set/);
    assert.throws(() => new Kraiter(), /apiKey must be given, or CAMPAIGNS_API_KEY set/);
  } finally {
    for (const name of ["CAMPAIGNS_API_KEY", "CAMPAIGNS_BASE_URL"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});

test("the key shows nowhere", async () => {
  script = [refusal(401, "UNAUTHORISED")];
  const error = await kraiter.campaigns.get(ID).catch((caught) => caught);
  script = Array(4).fill(cutOff);
  const failure = await kraiter.campaigns.get(ID).catch((caught) => caught);
  const mistake = await kraiter.campaigns.get(ID, { timeout: -1 }).catch((caught) => caught);
  const shown = [kraiter, kraiter.campaigns, kraiter.campaigns.list(), error, failure, failure.cause, mistake].map(
    (value) => inspect(value, { depth: null, showHidden: true }) + JSON.stringify(value) + String(value),
  );
  assert.ok(!shown.join("").includes(KEY));
});

test("a creation has a key without a global crypto, too", async () => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true, writable: true });
  Math.random = random;
  try {
    script = [ok(), ok()];
    await kraiter.campaigns.create({ name: "n" });
    await kraiter.campaigns.create({ name: "n" });
  } finally {
    if (descriptor) Object.defineProperty(globalThis, "crypto", descriptor);
  }
  const keys = seen.map((request) => request.headers["idempotency-key"]);
  assert.notEqual(keys[0], keys[1]);
  assert.ok(keys.every((key) => key.length > 30));
});

test("the client is the default export and a named one", () => {
  assert.equal(DefaultKraiter, Kraiter);
});
