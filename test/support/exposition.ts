/** Prometheus' text format, read back. */

const LINE = /^([a-z_][a-z0-9_]*(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+)$/;

/** Value by `name{labels}`, in the order of the text. Throws on a line that is no sample or on a sample that comes twice. */
export async function seriesOf(source: { text(): Promise<string> }): Promise<ReadonlyMap<string, number>> {
  return parseExposition(await source.text());
}

export function parseExposition(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const match = LINE.exec(line);
    if (match === null) throw new Error(`no sample: ${line}`);
    if (series.has(match[1]!)) throw new Error(`twice: ${match[1]}`);
    series.set(match[1]!, match[2] === "Nan" ? Number.NaN : Number(match[2]));
  }
  return series;
}
