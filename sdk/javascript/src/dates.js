/** Names of times, those of later versions among them. */
const TIME = /^(at|timestamp|failingSince|\w+At)$/;

/** The times of something that the API answered, as dates, by their names: `datesOf(campaign).createdAt`. */
export function datesOf(answer) {
  const times = Object.entries(answer).filter(([name]) => TIME.test(name));
  return Object.fromEntries(times.map(([name, value]) => [name, typeof value === "string" ? new Date(value) : null]));
}
