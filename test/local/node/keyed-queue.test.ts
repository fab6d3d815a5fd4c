import { setTimeout } from 'node:timers/promises';
import { UnavailableError } from '../../../lib/kubernetes/errors.ts';
import { KeyedQueue } from '../../../local/node/keyed-queue.ts';

describe('KeyedQueue', () => {
  it('runs a key once at a time and once more for what came meanwhile', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const queue = new KeyedQueue(async () => {
      most = Math.max(most, ++running);
      runs++;
      await setTimeout(20);
      running--;
    });
    for (let i = 0; i < 10; i++) queue.add('a');
    await setTimeout(5);
    for (let i = 0; i < 10; i++) queue.add('a');
    await setTimeout(100);
    expect({ most, runs }).toEqual({ most: 1, runs: 2 });
    await queue.close();
  });

  it('repeats what failed', async () => {
    let runs = 0;
    const done = Promise.withResolvers<void>();
    const queue = new KeyedQueue(async () => {
      if (++runs < 2) throw new UnavailableError('not yet');
      done.resolve();
    });
    queue.add('a');
    await done.promise;
    await queue.close();
    expect(runs).toBe(2);
  });

  it('starts nothing after it is closed, and closes after what runs', async () => {
    const ran: string[] = [];
    const queue = new KeyedQueue(async key => {
      await setTimeout(20);
      ran.push(key);
    });
    queue.add('a');
    queue.addAfter('b', 1);
    const closed = queue.close();
    queue.add('c');
    queue.addAfter('d', 1);
    await closed;
    expect(ran).toEqual(['a']);
    await setTimeout(20);
    expect(ran).toEqual(['a']);
  });
});
