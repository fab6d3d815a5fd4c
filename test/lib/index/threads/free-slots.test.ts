import { Worker } from 'node:worker_threads';
import { Closed, FreeSlots, Silent } from '../../../../lib/index/threads/free-slots.ts';
import {
  BEATS_AT,
  CLOSED_AT,
  closeSlots,
  FLOWS,
  makeSlots,
  PACKETS,
  placeOf,
  ROWS,
} from '../../../../lib/index/threads/slots.ts';

const SILENCE = 20; // milliseconds

// Whatever memory it is: slots are places in it.
const memory = new WebAssembly.Memory({ initial: 1 });

function setup(kind = FLOWS, silence = SILENCE) {
  const slots = makeSlots(memory);
  const states = new Int32Array(slots.states);
  const free = new FreeSlots(slots, kind, silence);
  return {
    slots,
    states,
    take: () => free.take(),
    takeAll: () => Array.from({ length: kind.count }, () => free.take()),
    free: (slot: number) => Atomics.store(states, kind.state + slot, 0),
  };
}

it.each([
  ['flows', FLOWS],
  ['rows', ROWS],
  ['packets', PACKETS],
])('takes slots of %s, of which each has a place and a state of its own', (_, kind) => {
  const { states, takeAll } = setup(kind);
  const taken = takeAll();
  expect(taken).toEqual([...taken.keys()]);
  expect(taken.map(slot => placeOf(kind, slot))).toEqual(taken.map(slot => kind.at + slot * kind.bytes));
  const used = [...states.keys()].filter(state => states[state] === 1);
  expect(used).toEqual(taken.map(slot => kind.state + slot));
});

test('slots of no kind share states', () => {
  const kinds = [FLOWS, ROWS, PACKETS];
  expect(kinds.map(({ state, count }) => state + count)).toEqual([ROWS.state, PACKETS.state, CLOSED_AT]);
});

it('takes the slot again that was freed, rather than one whose memory was never used', () => {
  const { take, free } = setup();
  expect([take(), take()]).toEqual([0, 1]);
  free(0);
  expect([take(), take()]).toEqual([0, 2]);
});

/** Another thread frees a slot after a while, and says that it lives, if it is to, as long as it waits. */
function freeLater(states: Int32Array, slot: number, { after = 100, beats = false } = {}): Worker {
  const script = `
    const { states, slot, after, beats } = require('node:worker_threads').workerData;
    const words = new Int32Array(states);
    for (let waited = 0; waited < after; waited += 10) {
      if (beats) Atomics.add(words, ${BEATS_AT}, 1);
      Atomics.wait(words, ${BEATS_AT}, -1, 10);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
    Atomics.store(words, slot, 0);
    Atomics.notify(words, slot);`;
  return new Worker(script, { eval: true, workerData: { states: states.buffer, slot, after, beats } });
}

it('waits for the slot that was taken first when all are in use', async () => {
  const { states, take, takeAll, free } = setup(FLOWS, 10_000);
  takeAll();
  free(0);
  take(); // now the second one is the oldest
  const worker = freeLater(states, FLOWS.state + 1);
  expect(take()).toBe(1);
  await worker.terminate();
});

it('waits longer for a thread that shows signs of life', async () => {
  const { states, take, takeAll } = setup(FLOWS, 200);
  takeAll();
  const worker = freeLater(states, FLOWS.state, { after: 1000, beats: true });
  await new Promise(resolve => worker.once('online', resolve));
  expect(take()).toBe(0);
  await worker.terminate();
});

it('takes a thread for dead that frees nothing and shows no sign of life', () => {
  const { take, takeAll, free } = setup();
  takeAll();
  expect(() => take()).toThrow(Silent);
  free(3);
  expect(take()).toBe(3);
});

it('gives up when nothing more is taken, also when it waits', async () => {
  const { slots, take } = setup();
  take();
  closeSlots(slots);
  expect(() => take()).toThrow(Closed);
  const waiting = setup(FLOWS, 10_000);
  waiting.takeAll();
  const script = `
    const { states } = require('node:worker_threads').workerData;
    const words = new Int32Array(states);
    Atomics.store(words, ${CLOSED_AT}, 1);
    Atomics.store(words, 0, 0);
    Atomics.notify(words, 0);`;
  const worker = new Worker(script, { eval: true, workerData: { states: waiting.slots.states } });
  expect(() => waiting.take()).toThrow(Closed);
  await worker.terminate();
});
