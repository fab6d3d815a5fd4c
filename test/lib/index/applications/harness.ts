import type { Analysers, Direction } from '../../../../lib/index/analyser.ts';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { readBatch } from '../../../../lib/index/applications/tables.ts';
import { FlowTable } from '../../../../lib/index/engine/flow-table.ts';
import { uidPrefix } from '../../../../lib/index/engine/names.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import { ROW_BATCHES_AT } from '../../../../lib/index/kernel/layout.ts';
import { TableRows } from '../../../../lib/index/kernel/table-rows.ts';
import { type Batch, listAt, TABLES, textAt } from '../../../../lib/index/table.ts';
import { type FlowOptions, KernelFlow } from '../kernel/kernel-flow.ts';

export type Row = Record<string, unknown>;

const PREFIX = uidPrefix('test');
const SEQUENCE = 0xfffff000; // soon to wrap

/** Rows of a batch as objects; fails where a column is not in the table's schema. */
export function rowsOf(batch: Batch): Row[] {
  const rows: Row[] = Array.from({ length: batch.rows }, () => ({}));
  for (const [name, column] of Object.entries(batch.columns)) {
    if (!(name in TABLES[batch.table])) throw new Error(`${batch.table} has no column ${name}`);
    for (let i = 0; i < batch.rows; i++) {
      if (!('values' in column)) rows[i]![name] = textAt(column, i) ?? listAt(column, i) ?? null;
      else rows[i]![name] = 'nulls' in column && column.nulls?.[i] === 1 ? null : column.values[i];
    }
  }
  return rows;
}

const BASE62 = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];

/** Of a flow of any harness. */
export function uidOf(flow: number): string {
  const digits = Array.from({ length: 6 }, (_, at) => BASE62[Math.floor(flow / 62 ** (5 - at)) % 62]);
  return PREFIX + digits.join('');
}

/** A batch as it is read where it was copied to; what was there before does not matter. */
function copied(kernel: Kernel, { table, count }: TableRows): Batch {
  kernel.exports.copyRows(table, ROW_BATCHES_AT);
  return readBatch(new TableRows(kernel, table, count, ROW_BATCHES_AT));
}

const opened = new Set<Harness>();
afterEach(() => {
  for (const harness of opened) harness.close();
});

/** A capture's applications with the rows they wrote, table by table. */
export class Harness {
  readonly kernel = Kernel.begin();
  readonly table = new FlowTable(this.kernel);
  /** How many rows each batch had. */
  readonly batches: number[] = [];
  readonly #rows: { table: string; row: Row }[] = [];
  readonly #analysers: Analysers;

  constructor(epoch = 1_700_000_000_000_000_000n) {
    this.#analysers = startAnalysers({
      kernel: this.kernel,
      takeRows: taken => {
        const { table, rows } = readBatch(taken);
        const read = rowsOf(readBatch(taken));
        expect(rowsOf(copied(this.kernel, taken))).toEqual(read);
        this.batches.push(rows);
        for (const row of read) this.#rows.push({ table, row });
      },
    });
    this.kernel.beginApplications(epoch, PREFIX);
    opened.add(this);
  }

  rows(table: string): Row[] {
    this.#analysers.finish();
    return this.#rows.filter(entry => entry.table === table).map(entry => entry.row);
  }

  serviceName(number: number): string {
    return number === 0 ? '' : this.#analysers.services[number - 1]!;
  }

  /** Another one may use its memory; done after each test. */
  close(): void {
    if (opened.delete(this)) this.kernel.end();
  }
}

export function flowRef(over: Partial<FlowOptions> = {}): FlowOptions {
  return {
    flow: 1,
    proto: 'tcp',
    origHost: '10.0.0.1',
    origPort: 40000,
    respHost: '10.0.0.2',
    respPort: 443,
    ...over,
  };
}

/** One flow, fed as the engine feeds it; the other side has all that was captured, and what was not. */
export class Feed {
  readonly #harness: Harness;
  readonly #flow: KernelFlow;
  readonly #next = [SEQUENCE, SEQUENCE];
  #time = 0;

  constructor(harness: Harness, options: FlowOptions) {
    this.#harness = harness;
    this.#flow = new KernelFlow(harness.kernel, harness.table, options);
    this.#flow.begin(SEQUENCE);
  }

  get service(): string {
    return this.#harness.serviceName(this.#flow.service);
  }

  /** Bytes of one side, cut by the snap length after `snap` of them; `at` in nanoseconds. */
  send(
    direction: Direction,
    payload: Uint8Array | string,
    at = this.#time + 1e6,
    snap = Number.POSITIVE_INFINITY,
  ): this {
    this.#time = at;
    const whole: Uint8Array = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
    const bytes = whole.subarray(0, Math.min(snap, whole.length));
    const sequence = this.#next[direction]! | 0;
    const missing = whole.length - bytes.length;
    this.#flow.take({ direction, bytes, missing, time: at, sequence, acknowledged: sequence });
    return this.gap(direction, whole.length);
  }

  /** So many bytes were not captured. */
  gap(direction: Direction, length: number): this {
    this.#next[direction] = (this.#next[direction]! + length) % 2 ** 32;
    return this;
  }

  end(): void {
    this.#flow.end(this.#time);
  }
}
