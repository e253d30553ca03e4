// Checked, never run: the same through the door for CommonJS.
import sdk = require("@kraiter/sdk");

export async function works(): Promise<string> {
  const kraiter: sdk.Kraiter = new sdk.Kraiter({ maxRetries: 0 });
  const campaign: sdk.Campaign = await kraiter.campaigns.get("cmp_");
  return campaign.name;
}

export function fails(error: unknown): string {
  // @ts-expect-error - no such setting
  new sdk.default({ retries: 1 });
  return error instanceof sdk.ConflictError ? error.code : "";
}
