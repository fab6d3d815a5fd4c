import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createDirectoryObjects } from '../../../../lib/index/store/directory.ts';
import { GrowingObject } from '../../../../lib/index/store/growing-object.ts';
import type { Objects } from '../../../../lib/storage/objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'growing-object-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A store that takes a piece each time that it is let, and remembers the memory that it saw. */
function slow() {
  const taken: Buffer[] = [];
  const seen = new Set<ArrayBufferLike>();
  let isStored = false;
  let fail: Error | undefined;
  let go = () => {};
  const objects = {
    async upload(_: string, body: AsyncIterable<Uint8Array>) {
      for await (const piece of body) {
        seen.add(piece.buffer);
        taken.push(Buffer.from(piece));
        await new Promise<void>(resolve => {
          go = resolve;
        });
        if (fail) throw fail;
      }
      isStored = true;
    },
  } as unknown as Objects;
  const pause = () => new Promise(setImmediate);
  return {
    objects,
    taken,
    seen,
    isStored: () => isStored,
    async step() {
      await pause();
      go();
      await pause();
    },
    break(error: Error) {
      fail = error;
    },
  };
}

const begin = (objects: Objects, most = 100) => new GrowingObject(objects, 'key', 'text/plain', most);

it('stores what is written, whatever becomes of the bytes afterwards', async () => {
  const objects = createDirectoryObjects(folder);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 })), async pieces => {
      const object = new GrowingObject(objects, 'a/b', 'text/plain', 2000);
      const scratch = new Uint8Array(3000);
      for (const piece of pieces) {
        scratch.set(piece);
        object.write(scratch.subarray(0, piece.length));
        scratch.fill(0xdd);
        await object.drain();
      }
      await object.complete();
      const expected = Buffer.concat(pieces);
      expect(object.size).toBe(expected.length);
      expect(readFileSync(join(folder, 'a/b')).equals(expected)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it('uses memory again once its piece was stored', async () => {
  const { objects, taken, seen, step } = slow();
  const object = begin(objects);
  for (const text of ['one', 'two', 'six', 'ten']) {
    object.write(Buffer.from(text));
    await step();
  }
  const completed = object.complete();
  await step();
  await completed;
  expect(taken.map(String)).toEqual(['one', 'two', 'six', 'ten']);
  expect(seen.size).toBe(1);
});

it('has its writer wait for a store that is slower', async () => {
  const { objects, taken, step } = slow();
  const object = begin(objects, 8);
  object.write(Buffer.from('1234'));
  await object.drain();
  object.write(Buffer.from('5678'));
  let isDrained = false;
  const drained = object.drain().then(() => {
    isDrained = true;
  });
  await new Promise(setImmediate);
  expect([isDrained, taken.length]).toEqual([false, 1]);
  await step();
  await drained;
  expect(isDrained).toBe(true);
  await Promise.all([object.abort(), step()]);
});

it('tells its writer why the store takes no more, also while it waits', async () => {
  const store = slow();
  const object = begin(store.objects, 4);
  object.write(Buffer.from('12345'));
  const drained = object.drain();
  drained.catch(() => {});
  store.break(new Error('ENOSPC'));
  await store.step();
  await expect(drained).rejects.toThrow('ENOSPC');
  expect(object.hasFailed).toBe(true);
  await expect(object.drain()).rejects.toThrow('ENOSPC');
  await expect(object.complete()).rejects.toThrow('ENOSPC');
  await object.abort();
});

it('leaves nothing when it is given up, before the store began, while it waits for more, and after', async () => {
  const objects = createDirectoryObjects(join(folder, 'given-up'));
  const early = begin(objects);
  early.write(Buffer.from('x'));
  await early.abort();
  const late = begin(objects);
  late.write(Buffer.from('x'));
  await new Promise(resolve => setTimeout(resolve, 50));
  await late.abort();
  expect(readdirSync(join(folder, 'given-up'))).toEqual([]);
  const whole = begin(objects);
  await whole.complete();
  await whole.abort();
  expect(readdirSync(join(folder, 'given-up'))).toEqual(['key']);
});

it('tells that there is no place for it', async () => {
  writeFileSync(join(folder, 'file'), '');
  const object = new GrowingObject(createDirectoryObjects(folder), 'file/below', 'text/plain', 10);
  await expect(object.complete()).rejects.toThrow(/ENOTDIR|EEXIST/);
});
