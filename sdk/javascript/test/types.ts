// Checked, never run: what the declarations let a user write, and what not.
import Kraiter, {
  type Campaign, type CampaignEvent, ConflictError, ForbiddenError, Kraiter as Named, KraiterError, type Listing, type Page, type ParsedAnswer,
  VERSION, datesOf,
} from "@kraiter/sdk";

const kraiter: Named = new Kraiter({ apiKey: "kr_", baseUrl: "https://api.test", timeout: 1000, maxRetries: 0 });
export const ofTheEnvironment = new Kraiter();

export async function works(signal: AbortSignal): Promise<void> {
  const made: Campaign = await kraiter.campaigns.create({ name: "n", description: null }, { idempotencyKey: "k", signal });
  const page: Page<Campaign> = await kraiter.campaigns.list({ limit: 5, cursor: null });
  for await (const each of kraiter.campaigns.list()) console.log(each.sequences[0]?.name, page.nextCursor);
  await kraiter.campaigns.update(made.id, { status: "active" }, { ifMatch: made });
  await kraiter.campaigns.update(made.id, { startsAt: new Date(), endsAt: null });
  await kraiter.campaigns.delete(made.id, { ifMatch: made.etag ?? "*" });
  await kraiter.campaigns.removeSequence(made.id, "onboarding", { ifMatch: made });
  const copy: Campaign = await kraiter.campaigns.clone(made.id, { name: "Copy" }, { idempotencyKey: "k" });
  const launch = { name: "n", labels: ["q4"], metadata: { crmId: "42" }, sequences: ["a"], templates: ["t"] } as const;
  await kraiter.campaigns.create(launch);
  await kraiter.campaigns.changeAssociations(copy.id, { add: { sequences: ["a"] } }, { ifMatch: copy });
  await kraiter.campaigns.setSequences(copy.id, ["b", "a"]);
  await kraiter.campaigns.setTemplates(copy.id, [], { ifMatch: "*" });
  await kraiter.campaigns.update(copy.id, { labels: null, metadata: { crmId: null }, archived: true });
  const nothing: void = await kraiter.campaigns.removeSequence(made.id, "s");
  console.log(nothing, (await kraiter.campaigns.addTemplate(made.id, "t")).templates);
}

export async function finds(): Promise<number> {
  const found: Listing<Campaign> = kraiter.campaigns.list({
    status: ["draft", "active"],
    label: "q4",
    q: "spring",
    createdAfter: new Date(0),
    updatedBefore: "2030-01-01T00:00:00Z",
    archived: "any",
    sort: "-updatedAt",
    sequence: null,
  });
  for await (const page of found.pages()) console.log(page.hasNextPage, (await page.nextPage())?.data[0]?.name);
  const [first] = await found.take(1);
  await kraiter.campaigns.list({ ids: ["cmp_"] });
  const entry = await kraiter.catalogue.template("t");
  for await (const each of kraiter.catalogue.sequences({ q: "on", limit: 1 })) console.log(each.updatedAt);
  const { count, precision } = await kraiter.campaigns.count({ template: entry.id, archived: true });
  return precision === "exact" && first ? count : entry.campaignCount.count;
}

export async function whoChangedWhat(): Promise<string | null> {
  const events: Listing<CampaignEvent> = kraiter.events.list({ campaign: "cmp_", type: ["campaign.updated"], after: new Date(0) });
  for await (const { changes, actor, request, campaign } of events)
    console.log(changes[0]?.from, actor?.type === "schedule", request?.userAgent, campaign?.name, campaign?.sequences?.[0]?.id);
  return (await events.take(1))[0]?.actor?.id ?? null;
}

export async function raw(): Promise<unknown> {
  return (await kraiter.request("GET", "/api/campaigns/count", { query: { limit: 1 } })).body;
}

export async function options(): Promise<string> {
  const patient: Named = kraiter.withOptions({
    timeout: 60_000,
    maxRetries: 5,
    headers: { "X-Job": VERSION },
    onRequest: ({ method, url, attempt }) => console.log(method, url, attempt),
    onResponse: ({ request, milliseconds, statusCode, error }) => console.log(request.url, milliseconds, statusCode ?? error),
  });
  const answer: ParsedAnswer<Campaign> = await patient.withRawResponse((raw) => raw.campaigns.get("cmp_", { maxRetries: 0 }));
  const page: ParsedAnswer<Page<Campaign>> = await kraiter.withRawResponse((raw) => raw.campaigns.list());
  new Kraiter({ logger: console });
  return answer.requestId ?? page.headers.get("ETag") ?? answer.parsed.name;
}

export function dates(campaign: Campaign, event: CampaignEvent): [Date, Date | null, Date] {
  const { createdAt, startsAt } = datesOf(campaign);
  // @ts-expect-error - no time
  datesOf(campaign).name;
  return [createdAt, startsAt, datesOf(event).occurredAt];
}

export function unheardOf(campaign: Campaign): boolean {
  return campaign.status === "active" || campaign.status === "of tomorrow";
}

export async function who(): Promise<string[]> {
  return (await kraiter.whoami({ timeout: 1 })).key.scopes;
}

export function fails(error: unknown): string {
  if (error instanceof ConflictError) return error.code;
  if (error instanceof ForbiddenError) return error.scope ?? "";
  if (error instanceof KraiterError) return [error.cause, error.retryAfter, ...error.details.map(({ field }) => field)].join();
  // @ts-expect-error - a key is a text
  new Kraiter({ apiKey: 7, baseUrl: "https://api.test" });
  // @ts-expect-error - a hook is a function
  kraiter.withOptions({ onRequest: "print" });
  // @ts-expect-error - a key stays
  kraiter.withOptions({ apiKey: "kr_" });
  // @ts-expect-error - no such status
  void kraiter.campaigns.update("cmp_", { status: "paused" });
  // @ts-expect-error - metadata are text
  void kraiter.campaigns.update("cmp_", { metadata: { crmId: 42 } });
  // @ts-expect-error - no such order
  void kraiter.campaigns.list({ sort: "size" });
  // @ts-expect-error - no such type of event
  void kraiter.events.list({ type: "campaign.*" });
  // @ts-expect-error - ids stand alone
  void kraiter.campaigns.list({ ids: ["cmp_"], status: "draft" });
  // @ts-expect-error - a count has no pages
  void kraiter.campaigns.count({ limit: 1 });
  // @ts-expect-error - a campaign needs a name
  void kraiter.campaigns.create({});
  return "";
}
