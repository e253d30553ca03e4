// Webhooks: what is sent, and what a receiver believes. Signatures are made as the standard says, with Node's own HMAC.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";

import { Kraiter, NotFoundError, WebhookVerificationError, unwrap } from "../src/index.js";

const ID = "wh_01K56D2A80T5E6QJ3Z8W2N4V7X";
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const WEBHOOK = { id: ID, url: "https://hooks.example.com/", events: ["campaign.*"], enabled: true };
const ATTEMPT = { at: "2025-09-15T10:00:31.000Z", status: 200, error: null, milliseconds: 84, answer: "thanks" };
const BODY = '{"type": "campaign.updated", "timestamp": "2025-09-15T10:00:30.000Z", "data": {"n": "\u00e9\u{1f680}"}}';

/** A client of a server that answers from a script. */
function client(...answers) {
  const asked = [];
  const fetch = async (url, { method, body, headers }) => {
    asked.push([method, new URL(url).pathname + new URL(url).search, body && JSON.parse(body)]);
    asked.key = new Headers(headers).get("Idempotency-Key");
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const kraiter = new Kraiter({ apiKey: `kr_${"k".repeat(43)}`, baseUrl: "https://api.test", fetch, maxRetries: 1 });
  return { webhooks: kraiter.webhooks, asked };
}

const ok = (body = WEBHOOK, status = 200) => new Response(JSON.stringify(body), { status });
const gone = () => ok({ error: { code: "NOT_FOUND", message: "No.", requestId: "r" } }, 404);

test("a new secret is there to be read, and not printed with its webhook", async () => {
  const { webhooks } = client(...[201, 200].map((status) => ok({ ...WEBHOOK, secret: SECRET }, status)));
  for (const made of [await webhooks.create({ url: WEBHOOK.url, events: WEBHOOK.events }), await webhooks.rotateSecret(ID)]) {
    assert.equal(JSON.parse(JSON.stringify(made)).secret, SECRET);
    assert.equal({ ...made }.secret, SECRET);
    for (const printed of [inspect(made), inspect([made])]) {
      assert.ok(printed.includes(ID));
      assert.ok(!printed.includes(SECRET));
    }
  }
});

test("every method asks for what it says", async () => {
  const page = { data: [{ id: "dlv_1" }], nextCursor: null };
  const answers = [ok({ ...WEBHOOK, secret: SECRET }, 201), ok({ data: [WEBHOOK], nextCursor: null }), ok(), ok()];
  answers.push(new Response(null, { status: 204 }), ok(ATTEMPT), ok(), ok(page), ok({ id: "dlv_1" }, 202));
  const { webhooks, asked } = client(...answers);
  const made = await webhooks.create({ url: WEBHOOK.url, events: WEBHOOK.events });
  assert.equal(made.secret, SECRET);
  assert.ok(asked.key);
  assert.deepEqual(await webhooks.list(), [WEBHOOK]);
  await webhooks.get(ID);
  await webhooks.update(ID, { description: null, enabled: true });
  await webhooks.delete(ID);
  assert.equal((await webhooks.ping(ID)).answer, "thanks");
  await webhooks.rotateSecret(ID, { graceSeconds: 60 });
  for await (const delivery of webhooks.deliveries(ID, { status: "failed" })) assert.equal(delivery.id, "dlv_1");
  await webhooks.redeliver(ID, "dlv_1");
  const root = "/api/campaigns/webhooks";
  assert.deepEqual(asked.slice(), [
    ["POST", root, { url: WEBHOOK.url, events: WEBHOOK.events }],
    ["GET", root, undefined],
    ["GET", `${root}/${ID}`, undefined],
    ["PATCH", `${root}/${ID}`, { description: null, enabled: true }],
    ["DELETE", `${root}/${ID}`, undefined],
    ["POST", `${root}/${ID}/ping`, undefined],
    ["POST", `${root}/${ID}/rotate-secret`, { graceSeconds: 60 }],
    ["GET", `${root}/${ID}/deliveries?status=failed`, undefined],
    ["POST", `${root}/${ID}/deliveries/dlv_1/redeliver`, undefined],
  ]);
});

test("what may not be repeated in doubt is not, and what is gone is deleted", async () => {
  for (const name of ["ping", "rotateSecret"]) {
    const { webhooks, asked } = client(new TypeError("lost"), ok(ATTEMPT));
    await assert.rejects(webhooks[name](ID), { code: "NO_ANSWER" });
    assert.equal(asked.length, 1);
  }
  await client(new TypeError("lost"), gone()).webhooks.delete(ID);
  await assert.rejects(client(gone()).webhooks.delete(ID), NotFoundError);
});

function signed({ body = BODY, ago = 0, secret = SECRET, id = "evt_1" } = {}) {
  const moment = String(Math.floor(Date.now() / 1000) - ago);
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${moment}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": moment, "webhook-signature": `v1,${signature}` };
}

test("what is signed is believed", async () => {
  const event = { id: "evt_1", type: "campaign.updated", timestamp: "2025-09-15T10:00:30.000Z", data: { n: "\u00e9\u{1f680}" } };
  const listed = Object.fromEntries(Object.entries(signed()).map(([name, value]) => [name.toUpperCase(), [value]]));
  for (const headers of [signed(), new Headers(signed()), listed]) assert.deepEqual(await unwrap(BODY, headers, SECRET), event);
  assert.deepEqual(await unwrap(Buffer.from(BODY), signed(), SECRET.replace("whsec_", "")), event);
  assert.deepEqual(await client().webhooks.unwrap(BODY, signed(), SECRET), event);
  const both = signed();
  both["webhook-signature"] = `v1a,xyz ${signed({ secret: OTHER })["webhook-signature"]} ${both["webhook-signature"]}`;
  for (const secret of [SECRET, OTHER]) assert.deepEqual(await unwrap(BODY, both, secret), event);
});

const FORGED = {
  "another id": { "webhook-id": "evt_2" },
  "no id": { "webhook-id": "" },
  "no time": { "webhook-timestamp": "soon" },
  "an empty signature": { "webhook-signature": "v1," },
  "no base64": { "webhook-signature": "v1,*" },
  "of before": signed({ ago: 301 }),
  "of later": signed({ ago: -400 }),
  "of another body": signed({ body: `${BODY} ` }),
  "of another secret": signed({ secret: OTHER }),
};
for (const [name, headers] of Object.entries(FORGED)) {
  test(`${name} is not`, async () => {
    await assert.rejects(unwrap(BODY, { ...signed(), ...headers }, SECRET), WebhookVerificationError);
  });
}

test("what is signed and no event is not, and a secret that is none is the receiver's mistake", async () => {
  for (const body of ["[]", "{", '{"type": 1}']) {
    await assert.rejects(unwrap(body, signed({ body }), SECRET), WebhookVerificationError);
  }
  await assert.rejects(unwrap(BODY, signed(), "whsec_*"), TypeError);
});
