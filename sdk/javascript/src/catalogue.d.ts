import type { CallOptions, Count, Listing, Paging } from "./pages.js";

/** A sequence or template that campaigns may hold, as the service that owns it announced it. */
export interface CatalogueEntry {
  id: string;
  name: string;
  /** UTC in ISO 8601. */
  updatedAt: string;
}

/** What campaigns may hold, by id; other services own it. */
export interface Catalogue {
  /** By id; those with `q` in their names. */
  sequences(query?: Paging & { q?: string | null }, options?: CallOptions): Listing<CatalogueEntry>;
  /** `campaignCount`: how many campaigns hold it, archived ones among them. */
  sequence(id: string, options?: CallOptions): Promise<CatalogueEntry & { campaignCount: Count }>;
  /** By id; those with `q` in their names. */
  templates(query?: Paging & { q?: string | null }, options?: CallOptions): Listing<CatalogueEntry>;
  /** `campaignCount`: how many campaigns hold it, archived ones among them. */
  template(id: string, options?: CallOptions): Promise<CatalogueEntry & { campaignCount: Count }>;
}
