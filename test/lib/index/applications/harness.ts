import { isIPv4 } from 'node:net';
import {
  type Address,
  type Analysers,
  type Conversation,
  type Direction,
  ENOUGH,
  type FlowRef,
  OVER,
} from '../../../../lib/index/analyser.ts';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { Uids, uidPrefix } from '../../../../lib/index/engine/names.ts';
import { type Batch, TABLES, textAt } from '../../../../lib/index/table.ts';

export type Row = Record<string, unknown>;

/** Rows of a batch as objects; fails where a column is not in the table's schema. */
export function rowsOf(batch: Batch): Row[] {
  const rows: Row[] = Array.from({ length: batch.rows }, () => ({}));
  for (const [name, column] of Object.entries(batch.columns)) {
    if (!(name in TABLES[batch.table])) throw new Error(`${batch.table} has no column ${name}`);
    for (let i = 0; i < batch.rows; i++) {
      if (!('values' in column)) rows[i]![name] = textAt(column, i) ?? null;
      else rows[i]![name] = 'nulls' in column && column.nulls?.[i] === 1 ? null : column.values[i];
    }
  }
  return rows;
}

export const uids = new Uids(uidPrefix('test'));

/** A capture's analysers with the rows they wrote, table by table; copied at once, as batches reuse their arrays. */
export class Harness {
  readonly #rows: { table: string; row: Row }[] = [];
  readonly analysers: Analysers;

  constructor(epoch = 1_700_000_000_000_000_000n) {
    const sink = {
      write: (batch: Batch) => {
        for (const row of rowsOf(batch)) this.#rows.push({ table: batch.table, row });
      },
      drain: async () => {},
    };
    this.analysers = startAnalysers({ sink, epoch, uids });
  }

  rows(table: string): Row[] {
    this.analysers.finish();
    return this.#rows.filter(entry => entry.table === table).map(entry => entry.row);
  }
}

/** Both hosts are given as texts. */
export function flowRef({
  origHost = '10.0.0.1',
  respHost = '10.0.0.2',
  ...over
}: Partial<FlowRef & { origHost: string; respHost: string }> = {}): FlowRef {
  return {
    flow: 1,
    proto: 'tcp',
    origHost: addressOf(origHost),
    origPort: 40000,
    respHost: addressOf(respHost),
    respPort: 443,
    service: '',
    ...over,
  };
}

export function addressOf(host: string): Address {
  return isIPv4(host) ? host.split('.').reduce((word, byte) => (word << 8) | Number(byte), 0) : host;
}

/** One flow, fed as the engine feeds it: recognised by the first payload of a side, asked once for each side. */
export class Feed {
  readonly flow: FlowRef;
  readonly #analysers: Analysers;
  readonly #asked = [false, false];
  readonly #skip: [number, number] = [0, 0];
  #conversation: Conversation | undefined;
  #time = 0;

  constructor(harness: Harness, flow: FlowRef) {
    this.#analysers = harness.analysers;
    this.flow = flow;
  }

  get service(): string {
    return this.flow.service;
  }

  /** Bytes of one side, cut by the snap length after `snap` of them; `at` in nanoseconds. */
  send(
    direction: Direction,
    payload: Uint8Array | string,
    at = this.#time + 1e6,
    snap = Number.POSITIVE_INFINITY,
  ): this {
    this.#time = at;
    let bytes: Uint8Array = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
    let missing = Math.max(0, bytes.length - snap);
    bytes = bytes.subarray(0, bytes.length - missing);
    if (!this.#asked[direction] && this.#conversation === undefined && bytes.length > 0) {
      this.#asked[direction] = true;
      const { proto, origPort, respPort } = this.flow;
      const protocol = this.#analysers.recognise(
        proto,
        origPort,
        respPort,
        direction,
        bytes,
        0,
        bytes.length,
      );
      if (protocol) this.flow.service = protocol.service;
      this.#conversation = protocol?.open?.(this.flow);
    }
    const skip = Math.min(this.#skip[direction], bytes.length);
    const skipMissing = Math.min(this.#skip[direction] - skip, missing);
    this.#skip[direction] -= skip + skipMissing;
    missing -= skipMissing;
    if (bytes.length - skip + missing === 0) return this;
    // Offsets that are not zero, as in the engine's buffers.
    const buffer = Buffer.concat([Buffer.alloc(7, 0xee), bytes.subarray(skip), Buffer.alloc(5, 0xee)]);
    const end = 7 + bytes.length - skip;
    const unneeded = this.#conversation?.data(direction, at, buffer, 7, end, missing) ?? 0;
    buffer.fill(0xdd); // what a conversation did not copy is gone
    if (unneeded === OVER) {
      this.end();
      this.#skip.fill(ENOUGH);
    } else this.#skip[direction] = unneeded;
    return this;
  }

  gap(direction: Direction, length: number): this {
    const skipped = Math.min(this.#skip[direction], length);
    this.#skip[direction] -= skipped;
    if (length > skipped) this.#conversation?.gap(direction, this.#time, length - skipped);
    return this;
  }

  end(): void {
    this.#conversation?.end(this.#time);
    this.#conversation = undefined;
  }
}
