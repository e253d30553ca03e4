// The client against the deployed stack that CAMPAIGNS_BASE_URL and CAMPAIGNS_API_KEY name.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import Kraiter, { ConflictError, NotFoundError, PreconditionFailedError } from "../src/index.js";

const { CAMPAIGNS_BASE_URL: baseUrl, CAMPAIGNS_API_KEY: apiKey } = process.env;
const skip = baseUrl && apiKey ? false : "NO STACK: set CAMPAIGNS_BASE_URL and CAMPAIGNS_API_KEY";

test("the life of a campaign", { skip }, async () => {
  const { campaigns } = new Kraiter({ apiKey, baseUrl });
  const made = await campaigns.create({ name: " Q4 Product Launch ", description: "Über 🚀" });
  assert.deepEqual([made.name, made.description, made.status, made.etag], ["Q4 Product Launch", "Über 🚀", "draft", '"1"']);
  await campaigns.addSequence(made.id, "onboarding");
  await assert.rejects(campaigns.addSequence(made.id, "onboarding"), ConflictError);
  await assert.rejects(campaigns.addSequence(made.id, "no such"), NotFoundError);
  const full = await campaigns.addTemplate(made.id, "launch-announcement");
  assert.deepEqual([full.sequences.length, full.templates.length], [1, 1]);
  const active = await campaigns.update(made.id, { status: "active", description: null }, { ifMatch: full });
  assert.deepEqual([active.status, active.description], ["active", null]);
  await assert.rejects(campaigns.update(made.id, { name: "Late" }, { ifMatch: full.etag }), PreconditionFailedError);
  await campaigns.removeSequence(made.id, "onboarding");
  await campaigns.removeTemplate(made.id, "launch-announcement");
  const seen = await campaigns.get(made.id);
  assert.deepEqual([seen.sequences, seen.templates], [[], []]);
  await campaigns.delete(made.id, { ifMatch: seen });
  await assert.rejects(campaigns.get(made.id), { code: "NOT_FOUND", statusCode: 404 });
});

test("a list has every campaign once, newest first", { skip }, async () => {
  const { campaigns } = new Kraiter({ apiKey, baseUrl });
  const made = [];
  for (let number = 0; number < 12; number += 1) made.unshift((await campaigns.create({ name: `List ${number}` })).id);
  const first = await campaigns.list({ limit: 5 });
  assert.deepEqual(first.data.map((campaign) => campaign.id), made.slice(0, 5));
  const all = [];
  for await (const campaign of campaigns.list({ limit: 5 })) all.push(campaign.id);
  assert.deepEqual(all.filter((id) => made.includes(id)), made);
  assert.equal(new Set(all).size, all.length);
});

test("a creation with a key happens once", { skip }, async () => {
  const { campaigns } = new Kraiter({ apiKey, baseUrl });
  const idempotencyKey = randomUUID();
  const first = await campaigns.create({ name: "Once" }, { idempotencyKey });
  assert.equal((await campaigns.create({ name: "Once" }, { idempotencyKey })).id, first.id);
  await assert.rejects(campaigns.create({ name: "Other" }, { idempotencyKey }), ConflictError);
});

test("campaigns are found, counted, and changed as they were found", { skip }, async () => {
  const { campaigns, catalogue } = new Kraiter({ apiKey, baseUrl });
  const label = `sought-${randomUUID().slice(0, 8)}`;
  const made = [];
  for (const name of ["Sought B", "sought a", "Sought C"]) {
    made.push((await campaigns.create({ name, labels: [label], sequences: ["onboarding"] })).id);
  }
  const [b, a, c] = made;
  await campaigns.update(c, { archived: true, status: "active" });
  const ids = async (query) => (await campaigns.list({ label, ...query }).take(10)).map(({ id }) => id);
  assert.deepEqual(await ids({ sort: "name" }), [a, b]);
  assert.deepEqual(await ids({ status: ["draft", "active"], archived: "any", limit: 1 }), [c, a, b]);
  assert.deepEqual(await ids({ q: "SOUGHT", sequence: "onboarding", createdBefore: new Date(0) }), []);
  assert.deepEqual((await campaigns.list({ ids: [c, b] })).data.map(({ id }) => id), [c, b]);
  assert.deepEqual(await campaigns.count({ label, archived: true }), { count: 1, precision: "exact" });
  const [found] = await campaigns.list({ label, sort: "name" }).take(1);
  const renamed = await campaigns.update(found.id, { name: "Found" }, { ifMatch: found });
  await assert.rejects(campaigns.update(found.id, { name: "Late" }, { ifMatch: found }), PreconditionFailedError);
  assert.equal(renamed.name, "Found");
  assert.ok((await catalogue.sequence("onboarding")).campaignCount.count >= 3);
  const known = [];
  for await (const { id } of catalogue.templates({ q: "launch", limit: 1 })) known.push(id);
  assert.ok(known.includes("launch-announcement"));
  await assert.rejects(campaigns.list({ createdAfter: "yesterday" }), (error) => error.details[0].field === "createdAfter");
  for (const id of made) await campaigns.delete(id);
});
