/** Cell keys as small integers, so that an index stores four bytes a text. Forgets the keys nobody holds any more. */
export class CellNames {
  readonly #ids = new Map<string, number>();
  #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  id(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#names.length;
    this.#ids.set(name, id);
    this.#names.push(name);
    return id;
  }

  name(id: number): string {
    return this.#names[id]!;
  }

  /** Renumbers `held[0, count)` in place and forgets every key that is not among them. */
  keepOnly(held: Int32Array, count: number): void {
    const names = this.#names;
    this.#ids.clear();
    this.#names = [];
    for (let i = 0; i < count; i += 1) held[i] = this.id(names[held[i]!]!);
  }
}
