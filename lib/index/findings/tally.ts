const MAX_KEYS = 20_000;
const MAX_UIDS = 20;

/** A row that shows something. Its texts are asked for only where they are kept. */
interface Sight {
  readonly ts: bigint;
  readonly uid: string;
}

/** How often something was seen, when, and in which flows. */
export class Sightings {
  count = 0;
  firstTs: bigint | null = null;
  lastTs: bigint | null = null;
  readonly uids: string[] = [];

  add(sight: Sight, times = 1): void {
    this.count += times;
    this.#spanTo(sight.ts);
    if (this.uids.length < MAX_UIDS) this.#flow(sight.uid);
  }

  /** Takes in other sightings of the same. */
  include(others: Sightings): void {
    this.count += others.count;
    if (others.firstTs !== null) this.#spanTo(others.firstTs);
    if (others.lastTs !== null) this.#spanTo(others.lastTs);
    for (const uid of others.uids) if (this.uids.length < MAX_UIDS) this.#flow(uid);
  }

  #spanTo(ts: bigint): void {
    if (this.firstTs === null || ts < this.firstTs) this.firstTs = ts;
    if (this.lastTs === null || ts > this.lastTs) this.lastTs = ts;
  }

  #flow(uid: string): void {
    if (!this.uids.includes(uid)) this.uids.push(uid);
  }

  /** What every finding says of its sightings. */
  get facts(): Pick<Sightings, 'count' | 'firstTs' | 'lastTs' | 'uids'> {
    return { count: this.count, firstTs: this.firstTs, lastTs: this.lastTs, uids: this.uids };
  }
}

/** Something kept for each key, for a bounded number of keys: those that come first. */
export class Keyed<V> {
  readonly #make: () => V;
  readonly #map = new Map<string, V>();
  readonly #limit: number;

  constructor(make: () => V, limit = MAX_KEYS) {
    this.#make = make;
    this.#limit = limit;
  }

  /** Undefined for a new key when there is no more room. */
  get(key: string): V | undefined {
    const known = this.#map.get(key);
    if (known !== undefined || this.#map.size >= this.#limit) return known;
    const made = this.#make();
    this.#map.set(key, made);
    return made;
  }

  entries(): IterableIterator<[string, V]> {
    return this.#map.entries();
  }
}

/** The keys with the highest counts, ties in the order of the keys. */
export function top<V>(
  entries: Iterable<[string, V]>,
  n: number,
  count: (value: V) => number,
): [string, V][] {
  return [...entries]
    .filter(([, value]) => count(value) > 0)
    .sort((a, b) => count(b[1]) - count(a[1]) || (a[0] < b[0] ? -1 : 1))
    .slice(0, n);
}

/** "3 connections", "1 connection". */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : many}`;
}

/** "28,232". Intl would load its tables for it, which takes longer than all else that findings do at the end. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function percent(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (100 * part) / whole;
  return `${share >= 10 ? Math.round(share) : share.toPrecision(2)} %`;
}
