// What the methods on the history ask for, and what they make of the answers.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Kraiter } from "../src/index.js";

const EVENT = { id: "evt_1_0", type: "campaign.updated", changes: [{ field: "status", from: "draft", to: "active" }] };

/** A client that gets these answers, and the paths and queries that it asks for. */
function scripted(...answers) {
  const asked = [];
  const fetch = async (url) => {
    asked.push(decodeURIComponent(url.replace("https://api.test/api/campaigns", "")));
    return new Response(JSON.stringify(answers.shift()));
  };
  return { asked, kraiter: new Kraiter({ apiKey: `kr_${"k".repeat(43)}`, baseUrl: "https://api.test", fetch }) };
}

test("the history is listed from page to page", async () => {
  const { asked, kraiter } = scripted(
    { data: [EVENT], nextCursor: "c1" },
    { data: [], nextCursor: "c2" },
    { data: [EVENT], nextCursor: null },
  );
  const found = [];
  const query = {
    campaign: { id: "cmp_1" },
    type: ["campaign.updated", "campaign.deleted"],
    actor: "key_1",
    after: new Date(0),
    before: "2030-01-01T00:00:00+02:00",
    limit: 1,
  };
  for await (const each of kraiter.events.list(query)) found.push(each);
  assert.deepEqual(found, [EVENT, EVENT]);
  const first =
    "/events?campaign=cmp_1&type=campaign.updated,campaign.deleted&actor=key_1&after=1970-01-01T00:00:00.000Z" +
    "&before=2030-01-01T00:00:00+02:00&limit=1";
  assert.deepEqual(asked, [first, `${first}&cursor=c1`, `${first}&cursor=c2`]);
});

test("what is not given is not asked for", async () => {
  const { asked, kraiter } = scripted(...Array(3).fill({ data: [], nextCursor: null }));
  await kraiter.events.list();
  await kraiter.events.list({ campaign: null, type: null, actor: undefined });
  await kraiter.events.list({ campaign: "cmp_1", type: "campaign.deleted" });
  assert.deepEqual(asked, ["/events", "/events", "/events?campaign=cmp_1&type=campaign.deleted"]);
});

test("what is no page is no answer of the API", async () => {
  const { kraiter } = scripted({ events: [] });
  await assert.rejects(kraiter.events.list().take(1), { code: "UNEXPECTED_ANSWER" });
});
