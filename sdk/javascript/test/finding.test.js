// What the methods that find something ask for, and what they make of the answers.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Kraiter } from "../src/index.js";

const ENTRY = { id: "onboarding", name: "Onboarding Sequence", updatedAt: "2025-09-15T10:00:00.000Z" };
const HELD = { ...ENTRY, campaignCount: { count: 12, precision: "exact" } };

/** A client that gets these answers, and the paths and queries that it asks for. */
function scripted(...answers) {
  const asked = [];
  const fetch = async (url) => {
    asked.push(decodeURIComponent(url.replace("https://api.test/api/campaigns", "")));
    return new Response(JSON.stringify(answers.shift()));
  };
  return { asked, kraiter: new Kraiter({ apiKey: `kr_${"k".repeat(43)}`, baseUrl: "https://api.test", fetch }) };
}
const page = (ids, nextCursor = null) => ({ data: ids.map((id) => ({ id, etag: `"${id}"` })), nextCursor });

test("a list carries its filters from page to page", async () => {
  const { asked, kraiter } = scripted(page(["a"], "c1"), page([], "c2"), page(["b"]));
  const filters = {
    status: ["draft", "active"],
    label: "q4",
    q: "spring & co",
    sequence: "onboarding",
    template: null,
    createdAfter: new Date(0),
    updatedBefore: "2030-01-01T00:00:00+02:00",
    archived: false,
    sort: "-updatedAt",
  };
  const found = [];
  for await (const each of kraiter.campaigns.list({ ...filters, limit: 2 })) found.push([each.id, each.etag]);
  assert.deepEqual(found, [["a", '"a"'], ["b", '"b"']]);
  const query =
    "?status=draft,active&label=q4&q=spring+&+co&sequence=onboarding&createdAfter=1970-01-01T00:00:00.000Z" +
    "&updatedBefore=2030-01-01T00:00:00+02:00&archived=false&sort=-updatedAt&limit=2";
  assert.deepEqual(asked, [query, `${query}&cursor=c1`, `${query}&cursor=c2`]);
});

test("ids, and what is empty, are sent as they are", async () => {
  const { asked, kraiter } = scripted(page([]), page([]), page([]));
  await kraiter.campaigns.list({ ids: ["b", "a"] });
  await kraiter.campaigns.list({ ids: [] });
  await kraiter.campaigns.list();
  assert.deepEqual(asked, ["?ids=b,a", "?ids=", ""]);
});

test("a page leads to the next one", async () => {
  const { asked, kraiter } = scripted(page(["a"], "c1"), page(["b"]));
  const first = await kraiter.campaigns.list({ status: "draft" });
  assert.deepEqual(JSON.parse(JSON.stringify(first)), page(["a"], "c1"));
  assert.equal(first.hasNextPage, true);
  const second = await first.nextPage();
  assert.deepEqual([second.data[0].id, second.hasNextPage, await second.nextPage()], ["b", false, null]);
  assert.deepEqual(asked, ["?status=draft", "?status=draft&cursor=c1"]);
});

test("the first few are taken, and no more pages than that are fetched", async () => {
  const { asked, kraiter } = scripted(page(["a", "b"], "c1"), page(["c", "d"], "c2"), page(["a", "b"]), page(["a"]));
  const ids = async (listing, count) => (await listing.take(count)).map(({ id }) => id);
  assert.deepEqual(await ids(kraiter.campaigns.list({ limit: 2 }), 3), ["a", "b", "c"]);
  assert.deepEqual(await ids(kraiter.campaigns.list(), 1000), ["a", "b"]);
  assert.deepEqual(await ids(kraiter.campaigns.list({ cursor: "c9" }), 1), ["a"]);
  assert.deepEqual(await ids(kraiter.campaigns.list(), 0), []);
  assert.deepEqual(asked, ["?limit=2", "?limit=2&cursor=c1", "?limit=100", "?limit=1&cursor=c9"]);
});

test("campaigns are counted", async () => {
  const { asked, kraiter } = scripted({ count: 312, precision: "exact" }, { count: 0, precision: "exact" }, {});
  assert.deepEqual(await kraiter.campaigns.count({ status: "draft", archived: "any" }), { count: 312, precision: "exact" });
  assert.equal((await kraiter.campaigns.count()).count, 0);
  await assert.rejects(kraiter.campaigns.count(), { code: "UNEXPECTED_ANSWER" });
  assert.deepEqual(asked, ["/count?status=draft&archived=any", "/count", "/count"]);
});

test("the catalogue is listed and read", async () => {
  const { asked, kraiter } = scripted({ data: [ENTRY], nextCursor: "c1" }, { data: [], nextCursor: null }, HELD, HELD, ENTRY);
  const found = [];
  for await (const each of kraiter.catalogue.sequences({ q: "on", limit: 1 })) found.push(each);
  assert.deepEqual(found, [ENTRY]);
  assert.deepEqual(await kraiter.catalogue.sequence("a b"), HELD);
  assert.deepEqual(await kraiter.catalogue.template("onboarding"), HELD);
  await assert.rejects(kraiter.catalogue.template("onboarding"), { code: "UNEXPECTED_ANSWER" });
  assert.deepEqual(asked, [
    "/catalogue/sequences?q=on&limit=1",
    "/catalogue/sequences?q=on&limit=1&cursor=c1",
    "/catalogue/sequences/a b",
    "/catalogue/templates/onboarding",
    "/catalogue/templates/onboarding",
  ]);
});

test("who does not find what is always there has not found the API", async () => {
  const fetch = async () => new Response('{"error": {"code": "NOT_FOUND", "message": "No."}}', { status: 404 });
  const kraiter = new Kraiter({ apiKey: `kr_${"k".repeat(43)}`, baseUrl: "https://api.test", fetch });
  await assert.rejects(kraiter.campaigns.count({ status: "draft" }), { code: "UNEXPECTED_ANSWER" });
  await assert.rejects(kraiter.catalogue.templates({ limit: 1 }).take(1), { code: "UNEXPECTED_ANSWER" });
  await assert.rejects(kraiter.catalogue.template("t"), { code: "NOT_FOUND" });
});
