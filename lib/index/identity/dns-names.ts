import { isIP } from 'node:net';
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
      for (const answer of list) if (typeof answer === 'string' && isIP(answer)) this.#learn(answer, name);
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
