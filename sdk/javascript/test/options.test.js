// Options of clients and calls, answers as they came, hooks and log.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { afterEach, beforeEach, test } from "node:test";

import { Kraiter, UnavailableError, VERSION, datesOf } from "../src/index.js";

const KEY = `kr_${"k".repeat(43)}`;
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID = "cmp_01K56D2A80T5E6QJ3Z8W2N4V7X";
const CAMPAIGN = { id: ID, name: "Launch", startsAt: null, createdAt: "2025-09-15T10:00:00.000Z", etag: '"3"' };

const ok = (body = CAMPAIGN, headers = {}) => new Response(JSON.stringify(body), { status: 200, headers });
const busy = () => new Response(JSON.stringify({ error: { code: "UNAVAILABLE", message: "No.", requestId: "r" } }), { status: 503 });

/** A client that gets these answers, and what it sends. */
function scripted(answers, options = {}) {
  const sent = [];
  const fetch = async (url, { method, headers }) => {
    sent.push({ method, url, headers: Object.fromEntries(headers) });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { sent, kraiter: new Kraiter({ apiKey: KEY, baseUrl: "https://api.test", fetch, ...options }) };
}

/** A logger, and the lines that it got. */
function listening() {
  const lines = [];
  const write = (level) => (line) => lines.push([level, line]);
  return { lines, logger: { debug: write("debug"), info: write("info"), error: write("error") } };
}

const { random } = Math;
const { error } = console;
beforeEach(() => {
  // Pauses are drawn at random; here, the shortest.
  Math.random = () => 0;
});
afterEach(() => {
  Math.random = random;
  console.error = error;
  delete process.env.KRAITER_LOG;
});

test("a client with other options is the same otherwise", async () => {
  const { sent, kraiter } = scripted([ok(), ok(), busy(), busy(), ok()]);
  const nightly = kraiter.withOptions({ headers: { "X-Job": "nightly" } });
  const hasty = nightly.withOptions({ maxRetries: 0, headers: new Headers({ "X-Step": "2", "x-job": "weekly" }) });
  await kraiter.campaigns.get(ID);
  await nightly.campaigns.get(ID);
  await assert.rejects(hasty.campaigns.get(ID), UnavailableError);
  await hasty.campaigns.get(ID, { maxRetries: 1, headers: { "X-Step": "3" } });
  const seen = sent.map(({ headers }) => [headers["x-job"], headers["x-step"]]);
  assert.deepEqual(seen, [[undefined, undefined], ["nightly", undefined], ["weekly", "2"], ["weekly", "3"], ["weekly", "3"]]);
  assert.deepEqual(new Set(sent.map(({ headers }) => headers["user-agent"])), new Set([`kraiter-javascript/${VERSION}`]));
  assert.deepEqual(new Set(sent.map(({ headers }) => headers.authorization)), new Set([`Bearer ${KEY}`]));
});

test("the version is the package's", () => {
  assert.equal(VERSION, JSON.parse(readFileSync(new URL("../package.json", import.meta.url))).version);
});

test("what no option can be is refused, under its name and without its value", async () => {
  const { sent, kraiter } = scripted([]);
  const cases = [
    [{ timeout: -1 }, /timeout must be a number of milliseconds, above 0/],
    [{ timeout: NaN }, /timeout must be/],
    [{ timeout: 1e12 }, /up to 24 days/],
    [{ maxRetries: -1 }, /maxRetries must be/],
    [{ maxRetries: 1.5 }, /maxRetries must be/],
    [{ headers: { "X-Job": "a\r\nX-Evil: b" } }, /headers: X-Job must be 1 or more printable/],
    [{ headers: { "X-Job": "" } }, /headers: X-Job must be/],
    [{ headers: { "X-Job": 7 } }, /headers: X-Job must be/],
    [{ headers: { "X Job": "a" } }, /headers must have names/],
    [{ headers: { [`${KEY}\n`]: "a" } }, /headers must have names/],
    [{ headers: { "X-Job": `${KEY}\n` } }, /headers: X-Job must be/],
    [{ headers: { authorization: `Bearer ${KEY}` } }, /headers must not have authorization/],
    [{ headers: new Headers({ Host: "elsewhere" }) }, /headers must not have host/],
    [{ headers: { "If-Match": '"3"' } }, /headers must not have If-Match/],
    [{ headers: { "Idempotency-Key": "k" } }, /headers must not have Idempotency-Key/],
    [{ onRequest: "print" }, /onRequest must be a function/],
    [{ onResponse: {} }, /onResponse must be a function/],
  ];
  for (const [options, message] of cases) {
    const isRight = (thrown) => thrown instanceof TypeError && message.test(thrown.message) && !thrown.stack.includes(KEY);
    assert.throws(() => kraiter.withOptions(options), isRight);
    assert.throws(() => new Kraiter({ apiKey: KEY, baseUrl: "https://api.test", ...options }), isRight);
    await assert.rejects(kraiter.campaigns.get(ID, options), isRight);
  }
  assert.throws(() => new Kraiter({ apiKey: KEY, baseUrl: "https://api.test", logger: {} }), /logger must have debug, info, error/);
  assert.equal(sent.length, 0);
});

test("an answer is shown as it came, with what a method made of it", async () => {
  const page = { data: [CAMPAIGN], nextCursor: null };
  const none = new Response(null, { status: 204 });
  const { kraiter } = scripted([busy(), ok({ ...CAMPAIGN, new: 1 }, { "X-Request-Id": "r-9" }), ok(page), none, ok(page)]);
  const one = await kraiter.withRawResponse((raw) => raw.campaigns.get(ID));
  assert.deepEqual([one.statusCode, one.requestId, one.headers.get("x-request-id")], [200, "r-9", "r-9"]);
  assert.deepEqual([one.parsed.name, one.parsed.new, one.body.new], ["Launch", 1, 1]);
  const list = await kraiter.withRawResponse((raw) => raw.campaigns.list({ limit: 1 }));
  assert.deepEqual([list.parsed.data.length, list.parsed.hasNextPage, list.body], [1, false, page]);
  const gone = await kraiter.withRawResponse((raw) => raw.withOptions({ timeout: 1000 }).campaigns.delete(ID));
  assert.deepEqual([gone.statusCode, gone.body, gone.parsed], [204, null, undefined]);
  await assert.rejects(kraiter.withRawResponse(async () => 1), /must be given what makes a request/);
});

test("an answer that says that what was in doubt is done is shown, too", async () => {
  const gone = new Response(JSON.stringify({ error: { code: "NOT_FOUND", message: "No.", requestId: "r" } }), { status: 404 });
  const { kraiter } = scripted([busy(), gone]);
  assert.equal((await kraiter.withRawResponse((raw) => raw.campaigns.delete(ID))).statusCode, 404);
});

test("what is not modified is an answer to who asked so", async () => {
  const same = () => new Response(null, { status: 304, headers: { ETag: '"3"' } });
  const { kraiter } = scripted([same(), same()]);
  const answer = await kraiter.request("GET", `/api/campaigns/${ID}`, { headers: { "If-None-Match": '"3"' } });
  assert.deepEqual([answer.statusCode, answer.body, answer.headers.get("etag")], [304, null, '"3"']);
  await assert.rejects(kraiter.campaigns.get(ID), { code: "UNEXPECTED_ANSWER" });
});

test("a request that would lead elsewhere is refused", async () => {
  const { sent, kraiter } = scripted([ok()]);
  const cases = [
    ["post", "/api/campaigns", {}, /method must be one of GET, HEAD, POST/],
    ["GET\r\nX: y", "/api/campaigns", {}, /method must be/],
    ...["/../keys", "/%2E%2e", "/./x", "\\..", "/a#b", "/a b", "/a\x9b", "/a\n"].map((path) => [
      "GET", `/api/campaigns${path}`, {}, /path must begin with \/api\/campaigns and lead below it/,
    ]),
    ["GET", "/api/campaigns?q=a", { query: { limit: 1 } }, /give the query in path or as query/],
    ["GET", "/api/campaigns", { headers: { Authorization: "Bearer x" } }, /headers must not have Authorization/],
    ["GET", "/api/campaigns", { headers: { "X-Job": "a\nb" } }, /headers: X-Job must be/],
  ];
  for (const [method, path, request, message] of cases) await assert.rejects(kraiter.request(method, path, request), message);
  assert.equal(sent.length, 0);
  await kraiter.request("GET", "/api/campaigns/count?q=/../é");
  assert.equal(new URL(sent[0].url).searchParams.get("q"), "/../é");
});

test("hooks are told of every attempt", async () => {
  const told = [];
  const hooks = { onRequest: (request) => told.push(request), onResponse: (response) => told.push(response) };
  const { kraiter } = scripted([new TypeError("refused"), busy(), ok(CAMPAIGN, { "X-Request-Id": "r-1" })], hooks);
  await kraiter.campaigns.get(ID);
  const requests = [1, 2, 3].map((attempt) => ({ method: "GET", url: `https://api.test/api/campaigns/${ID}`, attempt }));
  assert.deepEqual([told[0], told[2], told[4]], requests);
  const became = [told[1], told[3], told[5]];
  assert.deepEqual(became.map(({ request }) => request), requests);
  assert.deepEqual(became.map(({ statusCode, requestId, error }) => [statusCode, requestId, error]), [
    [undefined, undefined, "TypeError"], [503, undefined, undefined], [200, "r-1", undefined],
  ]);
  assert.equal(became[2].headers.get("x-request-id"), "r-1");
  assert.ok(became.every(({ milliseconds }) => milliseconds >= 0));
});

test("a hook that fails changes nothing, whenever it fails, nor does a logger", async () => {
  const fail = () => { throw new RangeError("broken"); };
  for (const hook of [fail, async () => fail()]) {
    for (const name of ["onRequest", "onResponse"]) {
      const { lines, logger } = listening();
      const { kraiter } = scripted([ok()], { logger, [name]: hook });
      assert.equal((await kraiter.campaigns.get(ID)).id, ID);
      assert.deepEqual(lines.filter(([level, line]) => level === "error" && line.includes("RangeError: broken")).length, 1);
    }
  }
  const { kraiter } = scripted([ok()], { logger: { debug: fail, info: async () => fail(), error: fail } });
  assert.equal((await kraiter.campaigns.get(ID)).id, ID);
});

test("the log says what was sent and what became of it", async () => {
  const { lines, logger } = listening();
  const { kraiter } = scripted([new TypeError("reset"), ok()], { logger });
  await kraiter.campaigns.update(ID, { name: "n" });
  const url = `PATCH https://api.test/api/campaigns/${ID}`;
  assert.deepEqual(lines.map(([level, line]) => [level, line.replace(/\d+ ms/, "0 ms")]), [
    ["debug", `${url} (attempt 1)`],
    ["info", `${url}: TypeError in 0 ms (request none)`],
    ["info", "again in 0 ms"],
    ["debug", `${url} (attempt 2)`],
    ["info", `${url}: 200 in 0 ms (request none)`],
  ]);
});

test("KRAITER_LOG says how much goes to stderr", async () => {
  const lines = [];
  console.error = (line) => lines.push(line);
  for (const [wanted, count] of [["", 0], ["info", 1], ["DEBUG", 2]]) {
    process.env.KRAITER_LOG = wanted;
    lines.length = 0;
    await scripted([ok()]).kraiter.campaigns.get(ID);
    assert.equal(lines.length, count);
    assert.ok(lines.every((line) => /^\S+Z kraiter (INFO|DEBUG) GET https:/.test(line)));
  }
  process.env.KRAITER_LOG = "loud";
  assert.throws(() => scripted([]), /KRAITER_LOG must be debug or info/);
});

test("neither log nor hooks have keys, secrets or control characters", async () => {
  const { lines, logger } = listening();
  const told = [];
  const evil = `r\x9b2J ${KEY} ${SECRET}`;
  const answers = [ok(CAMPAIGN, { "X-Request-Id": evil }), ok({ secret: SECRET }), ok(), ok()];
  const hooks = { onRequest: (request) => told.push(request), onResponse: ({ request }) => told.push(request) };
  const { kraiter } = scripted(answers, { logger, headers: { "X-Api-Key": KEY }, ...hooks });
  await kraiter.campaigns.get(KEY);
  await kraiter.request("POST", "/api/campaigns/webhooks", { body: { secret: SECRET } });
  await kraiter.request("GET", "/api/campaigns", { query: { q: SECRET } });
  await kraiter.withOptions({ onRequest: () => { throw new Error(`\x1b[31m ${KEY}\n`); } }).campaigns.get(ID);
  const shown = JSON.stringify([lines, told]);
  assert.match(shown, /kr_…/);
  assert.doesNotMatch(shown, /kr_\w|whsec_\w/);
  assert.deepEqual(lines.filter(([, line]) => /[\p{C}\p{Zl}\p{Zp}]/u.test(line)), []);
});

test("times are dates, too", () => {
  const { createdAt, startsAt, ...others } = datesOf({ ...CAMPAIGN, newAt: "2030-01-01T00:00:00.000Z", status: "draft" });
  assert.equal(createdAt.toISOString(), CAMPAIGN.createdAt);
  assert.equal(startsAt, null);
  assert.deepEqual(others, { newAt: new Date("2030-01-01T00:00:00.000Z") });
  assert.deepEqual(datesOf({ at: CAMPAIGN.createdAt, failingSince: null, timestamp: CAMPAIGN.createdAt }), {
    at: new Date(CAMPAIGN.createdAt), failingSince: null, timestamp: new Date(CAMPAIGN.createdAt),
  });
});

test("a change is sent once, though the kept connection that it went over breaks", async () => {
  const seen = [];
  const server = createServer(async (request, response) => {
    for await (const chunk of request) assert.ok(chunk);
    seen.push(request.method);
    if (request.method === "GET") response.end(JSON.stringify(CAMPAIGN));
    else request.socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const kraiter = new Kraiter({ apiKey: KEY, baseUrl: `http://127.0.0.1:${server.address().port}`, maxRetries: 0 });
  for (const change of [
    (c) => c.update(ID, { name: "n" }, { ifMatch: '"3"' }),
    (c) => c.setSequences(ID, [], { ifMatch: '"3"' }),
    (c) => c.removeSequence(ID, "s", { ifMatch: '"3"' }),
    (c) => c.addSequence(ID, "s"),
  ]) {
    await kraiter.campaigns.get(ID);
    await assert.rejects(change(kraiter.campaigns), { code: "NO_ANSWER" });
  }
  server.closeAllConnections();
  server.close();
  assert.deepEqual(seen, ["GET", "PATCH", "GET", "PUT", "GET", "DELETE", "GET", "POST"]);
});

test("CommonJS has a door of its own, with all that there is", async () => {
  const door = createRequire(import.meta.url)("../cjs/index.cjs");
  const names = Object.keys(await import("../src/index.js"));
  assert.deepEqual(Object.keys(door).sort(), names.sort());
  const fetch = async () => new Response("{}", { status: 418 });
  const kraiter = new door.default({ apiKey: KEY, baseUrl: "https://api.test", fetch });
  await assert.rejects(kraiter.campaigns.get(ID), door.KraiterError);
});
