import { isIPv6 } from 'node:net';
import { type Batch, listAt, textAt } from '../table.ts';

const MOST_ADDRESSES = 65_536;
const MOST_NAMES = 8;
const PLACES = 1 << 18;

/** Which names captured DNS answers gave to an address; the first ones of each, for a bounded number of addresses. */
export class DnsNames {
  readonly #names = new Map<string, string[]>();
  /** Places of addresses with names. Most addresses have none, and looking at a byte tells so sooner than the map. */
  readonly #places = new Uint8Array(PLACES);

  /** Learns from rows of `dns`. */
  observe({ rows, columns }: Batch): void {
    const { query, answers } = columns;
    if (!query || !answers) return;
    for (let row = 0; row < rows; row++) {
      const list = listAt(answers, row);
      if (list === undefined || list.length === 0) continue;
      const name = textAt(query, row);
      if (name !== undefined) this.#learnAll(list, name);
    }
  }

  #learnAll(answers: readonly (string | number)[], name: string): void {
    for (const answer of answers) {
      if (typeof answer === 'string' && isAddress(answer)) this.#learn(answer, name);
    }
  }

  #learn(ip: string, name: string): void {
    const names = this.of(ip);
    if (!names) {
      if (this.#names.size >= MOST_ADDRESSES) return;
      this.#names.set(ip, [name]);
      this.#places[placeOf(ip)] = 1;
    } else if (names.length < MOST_NAMES && !names.includes(name)) names.push(name);
  }

  of(ip: string): string[] | undefined {
    return this.#places[placeOf(ip)] === 0 ? undefined : this.#names.get(ip);
  }

  get size(): number {
    return this.#names.size;
  }
}

/** Of an address, below {@link PLACES}; few share one. */
function placeOf(ip: string): number {
  let hash = 0;
  for (let i = 0; i < ip.length; i++) hash = Math.imul(hash, 31) + ip.charCodeAt(i);
  return (hash ^ (hash >>> 14)) & (PLACES - 1);
}

const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;

/** Tells addresses from what else an answer can be: names, and texts such as "MX 10 mail.example". */
function isAddress(answer: string): boolean {
  for (let i = 0; i < answer.length; i++) {
    const code = answer.charCodeAt(i);
    if (code === COLON) return isIPv6(answer);
    if (code !== DOT && (code < ZERO || code > NINE)) return answer.includes(':') && isIPv6(answer);
  }
  return answer.length > 0;
}
