import type { Clock } from '../../pcap/record.ts';
import type { TableSink } from '../table.ts';
import { toNanoseconds } from './times.ts';

/** A file that is odd all over tells no more by more rows. */
const MAX_ROWS = 1000;

interface Weird {
  name: string;
  detail: string;
  time: number;
  count: number;
}

/** Odd things about a capture as a whole: each once, with how often it came. */
export class Weirds {
  readonly #seen = new Map<string, Weird>();

  /** `time` on the clock of the capture; that of the first one is kept. */
  add(name: string, detail: string, time: number): void {
    const key = `${name} ${detail}`;
    const known = this.#seen.get(key);
    if (known !== undefined) known.count++;
    else if (this.#seen.size < MAX_ROWS) this.#seen.set(key, { name, detail, time, count: 1 });
  }

  flush(sink: TableSink, clock: Clock): void {
    const rows = [...this.#seen.values()];
    if (rows.length === 0) return;
    sink.write({
      table: 'weird',
      rows: rows.length,
      columns: {
        ts: { values: BigInt64Array.from(rows, ({ time }) => toNanoseconds(clock, time)) },
        name: { values: rows.map(({ name }) => name) },
        addl: { values: rows.map(({ detail }) => detail) },
        count: { values: BigInt64Array.from(rows, ({ count }) => BigInt(count)) },
      },
    });
    this.#seen.clear();
  }
}
