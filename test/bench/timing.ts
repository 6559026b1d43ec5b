/** CPU microseconds of this process, client and collector threads included: wall time counts the neighbours, too. */
export function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Works timed in turns, so that a busy neighbour and what the engine has learnt weigh on all alike. */
export function timedRounds<K extends string>(
  rounds: number,
  works: Readonly<Record<K, () => void>>,
): Record<K, readonly number[]> {
  const names = Object.keys(works) as K[];
  const spent = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (const name of names) works[name]();
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const before = cpuUs();
      works[name]();
      spent[name].push(cpuUs() - before);
    }
  }
  return spent;
}

export function scaled(values: readonly number[], by: number): readonly number[] {
  return values.map((value) => value * by);
}
