import { gatherers } from '../../../../lib/index/store/parquet/gather/gatherer.ts';
import { textListOf } from '../../../../lib/index/text-list.ts';

/** Adds as many texts as rows to a dictionary of its own; returns the last of them. */
function fill(gatherer: ReturnType<typeof gatherers.begin>, rows: number): string {
  const texts = textListOf(Array.from({ length: rows }, (_, row) => `text ${row}`));
  const index = Int32Array.from({ length: rows }, (_, row) => row);
  const dictionary = gatherer.exports.openDictionary();
  const arrays = gatherer.put([index, texts.offsets, texts.bytes]);
  expect(gatherer.exports.addTexts(dictionary, rows, rows, arrays)).toBe(rows);
  return Buffer.from(gatherer.vector(dictionary)).subarray(-8).toString();
}

test('memory grows as it is needed, and all that is in it stays', () => {
  const gatherer = gatherers.begin();
  const before = gatherer.bytes.length;
  expect(fill(gatherer, 10)).toContain('text 9');
  expect(fill(gatherer, 100_000)).toContain('99999');
  expect(gatherer.bytes.length).toBeGreaterThan(before);
  gatherers.end(gatherer);
});

test('who comes later uses the memory of who has ended, and needs no more', () => {
  const sizes = new Set<number>();
  for (let round = 0; round < 50; round++) {
    const gatherer = gatherers.begin();
    fill(gatherer, 5000);
    sizes.add(gatherer.bytes.length);
    gatherers.end(gatherer);
  }
  expect(sizes.size).toBe(1);
});

test('two at once have memory of their own', () => {
  const [one, other] = [gatherers.begin(), gatherers.begin()];
  expect(one).not.toBe(other);
  gatherers.end(one);
  expect(gatherers.begin()).toBe(one);
});

test('one that has grown large is let go', () => {
  const gatherer = gatherers.begin();
  gatherer.exports.prepare(20 * 1024 * 1024);
  gatherers.end(gatherer);
  expect(gatherers.begin()).not.toBe(gatherer);
});

test('arrays of every kind are read from where the program finds them', () => {
  const gatherer = gatherers.begin();
  const arrays = [Uint8Array.of(1, 2, 3), Int32Array.of(-4), Float64Array.of(0.5), BigInt64Array.of(-6n)];
  const list = gatherer.put(arrays);
  const addresses = gatherer.integersAt(list, arrays.length);
  for (const [i, array] of arrays.entries()) {
    expect(addresses[i]! % 8).toBe(0);
    const bytes = new Uint8Array(array.buffer);
    expect(gatherer.bytes.slice(addresses[i], addresses[i]! + bytes.length)).toEqual(bytes);
  }
  gatherers.end(gatherer);
});
