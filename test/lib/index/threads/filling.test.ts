import { Worker } from 'node:worker_threads';
import { HEAP_AT, HEAP_BYTES } from '../../../../lib/index/kernel/layout.ts';
import { Closed, Filling, Silent } from '../../../../lib/index/threads/filling.ts';
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

function setup(kind = FLOWS, silence = SILENCE) {
  const slots = makeSlots();
  const states = new Int32Array(slots.states);
  const filling = new Filling(slots, kind, silence);
  return {
    slots,
    states,
    memory: new Uint8Array(slots.memory.buffer),
    fill: (value: number) => filling.fill(memory => memory.fill(value, 0, 8)),
    free: (slot: number) => Atomics.store(states, kind.state + slot, 0),
  };
}

it.each([
  ['flows', FLOWS],
  ['rows', ROWS],
  ['packets', PACKETS],
])('fills slots of %s, of which each has memory and a state of its own', (_, kind) => {
  const { memory, states, fill } = setup(kind);
  const filled = Array.from({ length: kind.count }, (_, number) => fill(number + 1));
  expect(filled).toEqual([...filled.keys()]);
  expect(filled.map(slot => memory[placeOf(kind, slot)])).toEqual(filled.map(slot => slot + 1));
  const used = [...states.keys()].filter(state => states[state] === 1);
  expect(used).toEqual(filled.map(slot => kind.state + slot));
});

test('slots of no kind share memory or states, and all are where conversations would be', () => {
  const kinds = [FLOWS, ROWS, PACKETS];
  const ends = kinds.map(kind => placeOf(kind, kind.count));
  expect(kinds.map(({ at }) => at)).toEqual([HEAP_AT, ends[0], ends[1]]);
  expect(ends[2]).toBeLessThanOrEqual(HEAP_AT + HEAP_BYTES);
  expect(kinds.every(({ at, bytes }) => at % 8 === 0 && bytes % 8 === 0)).toBe(true);
  expect(kinds.map(({ state, count }) => state + count)).toEqual([ROWS.state, PACKETS.state, CLOSED_AT]);
});

it('takes the slot again that was freed, rather than one whose memory was never used', () => {
  const { fill, free } = setup();
  expect([fill(1), fill(2)]).toEqual([0, 1]);
  free(0);
  expect([fill(3), fill(4)]).toEqual([0, 2]);
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

it('waits for the slot that was filled first when all are in use', async () => {
  const { states, fill, free } = setup(FLOWS, 10_000);
  for (let value = 0; value < FLOWS.count; value++) fill(value);
  free(0);
  fill(9); // now the second one is the oldest
  const worker = freeLater(states, FLOWS.state + 1);
  expect(fill(10)).toBe(1);
  await worker.terminate();
});

it('waits longer for a thread that shows signs of life', async () => {
  const { states, fill } = setup(FLOWS, 200);
  for (let value = 0; value < FLOWS.count; value++) fill(value);
  const worker = freeLater(states, FLOWS.state, { after: 1000, beats: true });
  await new Promise(resolve => worker.once('online', resolve));
  expect(fill(9)).toBe(0);
  await worker.terminate();
});

it('takes a thread for dead that frees nothing and shows no sign of life', () => {
  const { fill, free } = setup();
  for (let value = 0; value < FLOWS.count; value++) fill(value);
  expect(() => fill(9)).toThrow(Silent);
  free(3);
  expect(fill(9)).toBe(3);
});

it('gives up when nothing more is taken, also when it waits', async () => {
  const { slots, fill } = setup();
  fill(1);
  closeSlots(slots);
  expect(() => fill(2)).toThrow(Closed);
  const waiting = setup(FLOWS, 10_000);
  for (let value = 0; value < FLOWS.count; value++) waiting.fill(value);
  const script = `
    const { states } = require('node:worker_threads').workerData;
    const words = new Int32Array(states);
    Atomics.store(words, ${CLOSED_AT}, 1);
    Atomics.store(words, 0, 0);
    Atomics.notify(words, 0);`;
  const worker = new Worker(script, { eval: true, workerData: { states: waiting.slots.states } });
  expect(() => waiting.fill(9)).toThrow(Closed);
  await worker.terminate();
});

it('waits for slots that an earlier reading filled', async () => {
  const { slots, states, fill } = setup();
  for (let value = 0; value < FLOWS.count; value++) fill(value);
  const again = new Filling(slots, FLOWS, 10_000);
  const worker = freeLater(states, FLOWS.state);
  expect(again.fill(memory => memory.fill(7))).toBe(0);
  await worker.terminate();
});
