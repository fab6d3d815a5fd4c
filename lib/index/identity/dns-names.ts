import { isIPv6 } from 'node:net';
import { type Batch, textAt } from '../table.ts';

const MOST_ADDRESSES = 65_536;
const MOST_NAMES = 8;

/** Which names captured DNS answers gave to an address; the first ones of each, for a bounded number of addresses. */
export class DnsNames {
  readonly #names = new Map<string, string[]>();

  /** Learns from rows of `dns`. */
  observe({ rows, columns }: Batch): void {
    const { query, answers } = columns;
    if (!query || !answers || !('values' in answers)) return;
    for (let row = 0; row < rows; row++) {
      const list = answers.values[row];
      if (!Array.isArray(list) || list.length === 0) continue;
      const name = textAt(query, row);
      if (name === undefined) continue;
      for (const answer of list)
        if (typeof answer === 'string' && isAddress(answer)) this.#learn(answer, name);
    }
  }

  #learn(ip: string, name: string): void {
    const names = this.#names.get(ip);
    if (!names) {
      if (this.#names.size < MOST_ADDRESSES) this.#names.set(ip, [name]);
    } else if (names.length < MOST_NAMES && !names.includes(name)) names.push(name);
  }

  of(ip: string): string[] | undefined {
    return this.#names.get(ip);
  }

  get size(): number {
    return this.#names.size;
  }
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
