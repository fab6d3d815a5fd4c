import { readBatch } from '../../../../lib/index/applications/tables.ts';
import { FlowRecords } from '../../../../lib/index/engine/flow-records.ts';
import type { References } from '../../../../lib/index/engine/output.ts';
import { PacketRecords } from '../../../../lib/index/engine/packet-records.ts';
import { FLOW_RECORD_BYTES } from '../../../../lib/index/kernel/conn.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import * as at from '../../../../lib/index/kernel/layout.ts';
import { TableRows } from '../../../../lib/index/kernel/table-rows.ts';
import { HTTP } from '../../../../lib/index/kernel/tables.ts';
import { Closed } from '../../../../lib/index/threads/filling.ts';
import type { ReaderMessage } from '../../../../lib/index/threads/messages.ts';
import { BEATS_AT, FLOWS, makeSlots, placeOf, ROWS } from '../../../../lib/index/threads/slots.ts';
import { ThreadOutput } from '../../../../lib/index/threads/thread-output.ts';

function setup() {
  const kernel = Kernel.begin();
  const flows = new FlowRecords(kernel);
  const packets = new PacketRecords(kernel);
  const slots = makeSlots();
  const sent: ReaderMessage[] = [];
  let begin = () => {};
  let refuse: (error: Error) => void = () => {};
  const begun = new Promise<void>((resolve, reject) => {
    begin = resolve;
    refuse = reject;
  });
  const output = new ThreadOutput({ begun, postMessage: message => sent.push(message) }, slots);
  const references: References = {
    uidPrefix: 'x',
    clock: { epochSeconds: 0, epoch: 0n, unit: 1000 },
    services: [],
    tunnels: [],
    interfaceSets: [],
  };
  /** Hands over as many flows, all bytes of which have a value. */
  const takeFlows = (count: number, value: number) => {
    kernel.state[at.FLOW_RECORD_COUNT] = count;
    kernel.bytes.fill(value, at.FLOW_RECORDS_AT, at.FLOW_RECORDS_AT + count * FLOW_RECORD_BYTES);
    output.takeFlows(flows, references);
  };
  const states = new Int32Array(slots.states);
  return { kernel, output, slots, states, sent, begin, refuse, references, packets, takeFlows };
}

const batch = { table: 'weird', rows: 0, columns: {} } as const;

it('hands over in order what is found, before the other thread has begun as well as after', () => {
  const { kernel, output, slots, sent, references, packets, takeFlows } = setup();
  takeFlows(2, 7);
  takeFlows(1, 8);
  output.write(batch);
  output.takePackets(packets, references);
  output.takeRows(new TableRows(kernel, HTTP, 0));
  expect(sent.map(({ kind }) => kind)).toEqual(['flows', 'flows', 'batch', 'packets', 'rows']);
  expect(sent.map(message => 'slot' in message && message.slot)).toEqual([0, 1, false, 0, 0]);
  const memory = new Uint8Array(slots.memory.buffer);
  const last = [2, 1].map((count, slot) => memory[placeOf(FLOWS, slot) + count * FLOW_RECORD_BYTES - 1]);
  expect(last).toEqual([7, 8]);
});

it('hands over rows so that they can be read in the memory of the other kernel', () => {
  const { kernel, output, slots, sent } = setup();
  kernel.beginApplications(0n, 'x'.repeat(12));
  const row = kernel.exports.beginRow(HTTP, 0, 5);
  output.takeRows(new TableRows(kernel, HTTP, row + 1));
  const other = Kernel.in(slots.memory);
  expect(sent).toEqual([{ kind: 'rows', slot: 0, table: HTTP, count: 1 }]);
  const { columns } = readBatch(new TableRows(other, HTTP, 1, placeOf(ROWS, 0)));
  expect(columns.ts).toEqual({ values: BigInt64Array.of(5n) });
  kernel.exports.endRow(HTTP);
  kernel.end();
});

it('tells each name once', () => {
  const { sent, references, takeFlows } = setup();
  (references.services as string[]).push('dns', 'http');
  takeFlows(1, 1);
  (references.services as string[]).push('ssl');
  takeFlows(1, 1);
  expect(sent.map(message => 'news' in message && message.news.services)).toEqual([['dns', 'http'], ['ssl']]);
});

it('goes on as long as there is nothing to tell', async () => {
  const { output, sent } = setup();
  await output.drain();
  expect(sent).toEqual([]);
});

it('waits, once it has told something, until the other thread has begun', async () => {
  const { output, states, begin, takeFlows } = setup();
  takeFlows(1, 1);
  let isOver = false;
  const drained = output.drain().then(() => {
    isOver = true;
  });
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  begin();
  await drained;
  Atomics.store(states, BEATS_AT, 1);
  await output.drain();
});

it('knows that the other thread has begun before it is told', async () => {
  const { output, states, takeFlows } = setup();
  takeFlows(1, 1);
  Atomics.store(states, BEATS_AT, 1);
  await output.drain();
});

it('gives up when the other thread ends before it has begun', async () => {
  const { output, refuse, takeFlows } = setup();
  takeFlows(1, 1);
  refuse(new Closed());
  await expect(output.drain()).rejects.toBeInstanceOf(Closed);
});
