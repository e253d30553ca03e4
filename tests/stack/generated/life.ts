// One campaign's life, by openapi-fetch with the types that openapi-typescript makes of docs/openapi.json.
// Run by tests/stack/test_generated_clients.py.
import { strict as assert } from "node:assert";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const client = createClient<paths>({
  baseUrl: process.env.CAMPAIGNS_BASE_URL,
  headers: { Authorization: `Bearer ${process.env.CAMPAIGNS_API_KEY}` },
});

const made = await client.POST("/api/campaigns", {
  body: { name: "Generated", labels: ["types"] },
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
});
assert(made.data, JSON.stringify(made.error));
const path = { id: made.data.id };
const found = await client.GET("/api/campaigns", {
  params: { query: { label: ["types"], q: "GENE" } },
  querySerializer: { array: { style: "form", explode: false } },
});
assert.deepEqual(found.data?.data, [made.data]);
const held = await client.POST("/api/campaigns/{id}/sequences/{seqId}", { params: { path: { ...path, seqId: "onboarding" } } });
assert.equal(held.data?.sequences[0]?.name, "Onboarding Sequence");
const body = { status: "active" as const };
const stale = await client.PATCH("/api/campaigns/{id}", { params: { path, header: { "If-Match": made.data.etag } }, body });
assert.equal(stale.response.status, 412);
assert.equal(stale.error?.error.code, "PRECONDITION_FAILED");
const header = { "If-Match": held.data!.etag };
const updated = await client.PATCH("/api/campaigns/{id}", { params: { path, header }, body });
assert.equal(updated.data?.status satisfies "draft" | "active" | "completed" | undefined, "active");
const gone = await client.DELETE("/api/campaigns/{id}", { params: { path, header: { "If-Match": updated.data!.etag } } });
assert.equal(gone.response.status, 204);
const missing = await client.GET("/api/campaigns/{id}", { params: { path } });
assert.equal(missing.error?.error.code, "NOT_FOUND");
console.log("lived");
