import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { readBatch } from '../../../../lib/index/applications/tables.ts';
import type { References } from '../../../../lib/index/engine/output.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import { KernelMemory } from '../../../../lib/index/kernel/memory.ts';
import { TableRows } from '../../../../lib/index/kernel/table-rows.ts';
import { HTTP } from '../../../../lib/index/kernel/tables.ts';
import { Closed } from '../../../../lib/index/threads/free-slots.ts';
import type { ReaderMessage } from '../../../../lib/index/threads/messages.ts';
import { BEATS_AT, FLOWS, makeSlots, PACKETS, placeOf, ROWS } from '../../../../lib/index/threads/slots.ts';
import { ThreadOutput } from '../../../../lib/index/threads/thread-output.ts';

function setup() {
  const kernel = Kernel.begin();
  const slots = makeSlots(kernel.memory);
  const sent: ReaderMessage[] = [];
  let begin = () => {};
  let refuse: (error: Error) => void = () => {};
  const begun = new Promise<void>((resolve, reject) => {
    begin = resolve;
    refuse = reject;
  });
  begun.catch(() => {}); // not all tests wait for it
  const receiver = { begun, postMessage: (message: ReaderMessage) => sent.push(message) };
  const output = new ThreadOutput(receiver, kernel, slots);
  const references: References = {
    uidPrefix: 'x',
    clock: { epochSeconds: 0, epoch: 0n, unit: 1000 },
    services: [],
    tunnels: [],
    interfaceSets: [],
  };
  const takeFlows = (count: number) => output.takeFlows({ at: output.flowsAt, count }, references);
  const states = new Int32Array(slots.states);
  return { kernel, output, slots, states, sent, begin, refuse, references, takeFlows };
}

const batch = { table: 'weird', rows: 0, columns: {} } as const;

it('hands over in order what is found, before the other thread has begun as well as after', () => {
  const { kernel, output, sent, references, takeFlows } = setup();
  takeFlows(2);
  takeFlows(1);
  output.write(batch);
  output.takePackets({ at: output.packetsAt, count: 5, flowCount: 3 }, references);
  output.takeRows(new TableRows(kernel, HTTP, 0));
  expect(sent.map(({ kind }) => kind)).toEqual(['flows', 'flows', 'batch', 'packets', 'rows']);
  expect(sent.map(message => 'slot' in message && message.slot)).toEqual([0, 1, false, 0, 0]);
  expect(sent.map(message => 'count' in message && message.count)).toEqual([2, 1, false, 5, 0]);
});

it('has the next batch put where none is that was handed over, until it is free again', () => {
  const { output, states, references, takeFlows } = setup();
  const at = [output.flowsAt, output.packetsAt];
  expect(at).toEqual([placeOf(FLOWS, 0), placeOf(PACKETS, 0)]);
  takeFlows(1);
  output.takePackets({ at: output.packetsAt, count: 1, flowCount: 1 }, references);
  expect([output.flowsAt, output.packetsAt]).toEqual([placeOf(FLOWS, 1), placeOf(PACKETS, 1)]);
  Atomics.store(states, FLOWS.state, 0);
  takeFlows(1);
  expect(output.flowsAt).toBe(placeOf(FLOWS, 0));
});

it('hands over rows so that they can be read while others are made', () => {
  const { kernel, output, slots, sent } = setup();
  const { finish } = startAnalysers({ kernel, takeRows: rows => output.takeRows(rows) });
  kernel.beginApplications(0n, 'x'.repeat(12));
  kernel.exports.beginRow(HTTP, 0, 5);
  kernel.exports.endRow(HTTP);
  finish();
  kernel.exports.beginRow(HTTP, 0, 6);
  expect(sent).toEqual([{ kind: 'rows', slot: 0, table: HTTP, count: 1 }]);
  const memory = new KernelMemory(slots.memory);
  const { columns } = readBatch(new TableRows(memory, HTTP, 1, placeOf(ROWS, 0)));
  expect(columns.ts).toEqual({ values: BigInt64Array.of(5n) });
  kernel.end();
});

it('tells each name once', () => {
  const { sent, references, takeFlows } = setup();
  (references.services as string[]).push('dns', 'http');
  takeFlows(1);
  (references.services as string[]).push('ssl');
  takeFlows(1);
  expect(sent.map(message => 'news' in message && message.news.services)).toEqual([['dns', 'http'], ['ssl']]);
});

it('tells them again when the file is read once more', () => {
  const { output, sent, references, takeFlows } = setup();
  (references.services as string[]).push('dns');
  takeFlows(1);
  output.begin();
  takeFlows(1);
  expect(sent.map(message => 'news' in message && message.news.services)).toEqual([['dns'], ['dns']]);
});

it('goes on as long as there is nothing to tell', async () => {
  const { output, sent } = setup();
  await output.drain();
  expect(sent).toEqual([]);
});

it('waits, once it has told something, until the other thread has begun', async () => {
  const { output, states, begin, takeFlows } = setup();
  takeFlows(1);
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
  takeFlows(1);
  Atomics.store(states, BEATS_AT, 1);
  await output.drain();
});

it('gives up when the other thread ends before it has begun', async () => {
  const { output, refuse, takeFlows } = setup();
  takeFlows(1);
  refuse(new Closed());
  await expect(output.drain()).rejects.toBeInstanceOf(Closed);
});
