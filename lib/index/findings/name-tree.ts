const MAX_NAMES = 50_000;

/** Names that were asked for, to tell which of them a resolver made by appending a search domain (resolv.conf). */
export class NameTree {
  readonly #names = new Set<string>();

  add(name: string): void {
    if (this.#names.size < MAX_NAMES) this.#names.add(name);
  }

  /**
   * The name that was meant: of `api.test.default.svc.cluster.local` it is `api.test`, where that was asked for as
   * well. Undefined when no name that was asked for begins this one.
   */
  baseOf(name: string): string | undefined {
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const base = name.slice(0, dot);
      if (this.#names.has(base)) return base;
    }
    return undefined;
  }
}
