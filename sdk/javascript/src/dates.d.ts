type TimeName = "at" | "timestamp" | "failingSince" | `${string}At`;

/** The times of `T`, as dates. */
export type Dates<T> = { [Name in keyof T as Name extends TimeName ? Name : never]: null extends T[Name] ? Date | null : Date };

/** The times of something that the API answered, as dates, by their names: `datesOf(campaign).createdAt`. */
export function datesOf<T extends object>(answer: T): Dates<T>;
