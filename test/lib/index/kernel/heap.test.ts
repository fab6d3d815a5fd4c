import fc from 'fast-check';
import type { Direction } from '../../../../lib/index/analyser.ts';
import { HEAP_AT, HEAP_BYTES, UNFOLLOWED } from '../../../../lib/index/kernel/layout.ts';
import { flowRef, Harness } from '../applications/harness.ts';
import { SEEDS } from '../applications/seeds.ts';
import { KernelFlow } from './kernel-flow.ts';

const seed = fc.constantFrom(...SEEDS);
const segment = fc.record({
  direction: fc.constantFrom<Direction>(0, 1),
  from: fc.nat(1200),
  length: fc.integer({ min: 1, max: 1500 }),
  missing: fc.constantFrom(0, 0, 0, 40),
});

it('takes no more memory for conversations that come after others have ended', () => {
  const talk = fc.record({ seed, segments: fc.array(segment, { maxLength: 12 }) });
  fc.assert(
    fc.property(fc.array(talk, { minLength: 1, maxLength: 4 }), talks => {
      const harness = new Harness();
      const { kernel, table } = harness;
      const flows = talks.map(({ seed: { proto, respPort } }, flow) => {
        return new KernelFlow(kernel, table, flowRef({ flow, proto, origPort: 1000 + flow, respPort }));
      });
      const hold = () => {
        for (const [i, { seed: of, segments }] of talks.entries()) {
          flows[i]!.take({ direction: 0, bytes: of.asked });
          for (const { direction, from, length, missing } of segments) {
            const bytes = (direction === 0 ? of.asked : of.answered).subarray(from, from + length);
            flows[i]!.take({ direction, sequence: from, bytes, missing });
          }
        }
        for (const flow of flows) {
          flow.end(0);
          flow.forget();
        }
        return kernel.exports.heapEnd();
      };
      const first = hold();
      expect(first).toBeGreaterThan(HEAP_AT);
      expect([hold(), hold(), hold()]).toEqual([first, first, first]);
      harness.close();
    }),
    { numRuns: 300 },
  );
});

it('begins no more conversations where memory is full, and others once some of it is free', () => {
  const harness = new Harness();
  const { kernel, table } = harness;
  const held = Buffer.alloc(130_000, 'x'); // out of order, and so kept
  const flows: KernelFlow[] = [];
  const open = () => {
    const flow = new KernelFlow(
      kernel,
      table,
      flowRef({ flow: flows.length, origPort: flows.length, respPort: 80 }),
    );
    flow.take({ direction: 0, bytes: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n') });
    flow.take({ direction: 0, sequence: 100, bytes: held });
    flows.push(flow);
  };
  while (kernel.state[UNFOLLOWED] === 0 && flows.length < 10_000) open();
  expect(flows.length).toBeGreaterThan((HEAP_BYTES / held.length) * 0.4);
  expect(flows.length).toBeLessThan(10_000);
  for (const flow of flows.slice(0, 10)) flow.end(0);
  open();
  expect(kernel.state[UNFOLLOWED]).toBe(1);
  for (const flow of flows) flow.end(0);
  // Each conversation that was begun has its request.
  expect(harness.rows('http')).toHaveLength(flows.length - 1);
});
