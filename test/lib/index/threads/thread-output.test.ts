import { FlowRecords } from '../../../../lib/index/engine/flow-records.ts';
import type { References } from '../../../../lib/index/engine/output.ts';
import { PacketRecords } from '../../../../lib/index/engine/packet-records.ts';
import { FLOW_RECORD_BYTES } from '../../../../lib/index/kernel/conn.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import * as at from '../../../../lib/index/kernel/layout.ts';
import type { ReaderMessage } from '../../../../lib/index/threads/messages.ts';
import {
  CLOSED_AT,
  MAX_WAITING,
  makeSlots,
  type SharedSlots,
  WAITING_AT,
} from '../../../../lib/index/threads/slots.ts';
import { Closed, ThreadOutput } from '../../../../lib/index/threads/thread-output.ts';

const SILENCE = 20; // milliseconds

function setup(silence = SILENCE) {
  const kernel = Kernel.begin();
  const flows = new FlowRecords(kernel);
  const packets = new PacketRecords(kernel);
  const slots = makeSlots(kernel);
  const states = new Int32Array(slots.states);
  const sent: ReaderMessage[] = [];
  let give: (slots: SharedSlots) => void = () => {};
  let refuse: (error: Error) => void = () => {};
  const promised = new Promise<SharedSlots>((resolve, reject) => {
    give = resolve;
    refuse = reject;
  });
  const output = new ThreadOutput({ postMessage: message => sent.push(message) }, promised, silence);
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
  return { output, slots, states, sent, give, refuse, references, packets, takeFlows };
}

const batch = { table: 'weird', rows: 0, columns: {} } as const;

it('keeps what comes before it knows where to put it, as it was, and hands it over in order', async () => {
  const { output, slots, sent, give, references, packets, takeFlows } = setup();
  takeFlows(2, 7);
  takeFlows(1, 8);
  output.write(batch);
  output.takePackets(packets, references);
  const drained = output.drain();
  expect(sent).toEqual([]);
  give(slots);
  await drained;
  takeFlows(1, 9);
  expect(sent.map(({ kind }) => kind)).toEqual(['flows', 'flows', 'batch', 'packets', 'flows']);
  expect(sent.map(message => 'slot' in message && message.slot)).toEqual([0, 1, false, 0, 2]);
  expect([0, 1, 2].map(slot => slots.flows[slot]![FLOW_RECORD_BYTES - 1])).toEqual([7, 8, 9]);
});

it('does not wait for where to put things as long as there are none', async () => {
  const { output, sent } = setup();
  await output.drain();
  expect(sent).toEqual([]);
});

it('tells each name once', async () => {
  const { output, slots, sent, give, references, takeFlows } = setup();
  give(slots);
  await output.prepare();
  (references.services as string[]).push('dns', 'http');
  takeFlows(1, 1);
  (references.services as string[]).push('ssl');
  takeFlows(1, 1);
  expect(sent.map(message => 'news' in message && message.news.services)).toEqual([['dns', 'http'], ['ssl']]);
});

it('gives up when nothing is wanted', async () => {
  const { output, refuse, takeFlows } = setup();
  takeFlows(1, 1);
  refuse(new Closed());
  await expect(output.drain()).rejects.toBeInstanceOf(Closed);
});

it('gives up when nothing more is taken', async () => {
  const { output, slots, states, give, takeFlows } = setup();
  give(slots);
  await output.prepare();
  Atomics.store(states, CLOSED_AT, 1);
  expect(() => takeFlows(1, 1)).toThrow(Closed);
});

it('takes a thread for dead that frees nothing and shows no sign of life', async () => {
  const { output, slots, states, give, takeFlows } = setup();
  give(slots);
  await output.prepare();
  for (let slot = 0; slot < slots.flows.length; slot++) takeFlows(1, 1);
  expect(() => takeFlows(1, 1)).toThrow('fell silent');
  Atomics.store(states, 0, 0);
  takeFlows(1, 1);
  for (let count = 0; count < MAX_WAITING; count++) output.write(batch);
  await output.drain();
  output.write(batch);
  await expect(output.drain()).rejects.toThrow('fell silent');
  Atomics.sub(states, WAITING_AT, 1);
  await output.drain();
});
