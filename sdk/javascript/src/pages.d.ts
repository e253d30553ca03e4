/** One of these today; others may come. */
export type Open<T extends string> = T | (string & {});

/** Some of what was asked for, and the cursor of the page after it (null on the last one). */
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
  /** Whether there is, or may be, more: a page may be empty, and not be the last. */
  readonly hasNextPage: boolean;
  /** The page after this one; null after the last one. */
  nextPage(): Promise<Page<T> | null>;
}

/** One page when awaited, all when iterated over; no request before either. */
export interface Listing<T> extends PromiseLike<Page<T>>, AsyncIterable<T> {
  catch<U>(reject: (reason: unknown) => U): Promise<Page<T> | U>;
  finally(settled: () => void): Promise<Page<T>>;
  /** The same, page by page. */
  pages(): AsyncIterable<Page<T>>;
  /** The first `count` of them, or as many as there are; in pages as large as that, unless they have a limit. */
  take(count: number): Promise<T[]>;
}

/** A part of a list. */
export interface Paging {
  /** How many a page has at most: 1-100, 20 unless given. */
  limit?: number;
  /** The `nextCursor` of the page before. */
  cursor?: string | null;
}

/** How many there are: exactly so many, or at least. */
export interface Count {
  count: number;
  precision: Open<"exact" | "at_least">;
}

export interface CallOptions {
  /** Ends the call, its pauses included. */
  signal?: AbortSignal;
  /** Milliseconds, of one attempt; 30,000 unless given. */
  timeout?: number;
  /** How often what was throttled or got no answer is repeated, where that can't do harm; 3 unless given. */
  maxRetries?: number;
  /** Sent besides. */
  headers?: Headers | Record<string, string>;
}
