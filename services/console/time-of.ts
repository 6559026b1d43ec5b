/** Last instant ClickHouse's DateTime64(3) can hold: the end of 2299. */
export const TIME_MS_MAX = 10_413_791_999_999;

/** Epoch ms of a query parameter; null where it is absent. */
export function timeOf(text: string | undefined): number | null | "unreadable" {
  if (text === undefined || text === "") return null;
  const ms = /^\d{1,14}$/.test(text) ? Number(text) : Number.NaN;
  return ms <= TIME_MS_MAX ? ms : "unreadable";
}
