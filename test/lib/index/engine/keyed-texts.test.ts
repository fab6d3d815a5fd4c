import { KeyedTexts } from '../../../../lib/index/engine/keyed-texts.ts';

function keyed() {
  const rendered: string[] = [];
  const texts = new KeyedTexts(2, key => {
    rendered.push(`${key[0]}-${key[1]}`);
    return rendered.at(-1)!;
  });
  texts.nextBatch();
  const numberOf = (...key: number[]) => texts.numberOf(Int32Array.from(key));
  return { texts, rendered, numberOf };
}

it('numbers each text of a batch once, in the order of its first use', () => {
  const { texts, numberOf } = keyed();
  expect([numberOf(1, 2), numberOf(2, 1), numberOf(1, 2), numberOf(-1, 0)]).toEqual([0, 1, 0, 2]);
  expect(texts.values).toEqual(['1-2', '2-1', '-1-0']);
});

it('gives the next batch a dictionary of its own, of texts that are not made again', () => {
  const { texts, rendered, numberOf } = keyed();
  numberOf(1, 2);
  const first = texts.values;
  texts.nextBatch();
  expect([numberOf(3, 4), numberOf(1, 2)]).toEqual([0, 1]);
  expect([first, texts.values]).toEqual([['1-2'], ['3-4', '1-2']]);
  expect(rendered).toEqual(['1-2', '3-4']);
});

it('tells any number of keys apart, though it forgets', () => {
  const { texts, numberOf } = keyed();
  for (let round = 0; round < 3; round++) {
    texts.nextBatch();
    for (let key = 0; key < 70_000; key++) {
      const number = numberOf(key, round);
      expect(texts.values[number]).toBe(`${key}-${round}`);
    }
  }
});

it('tells by number which texts are those of an earlier batch, until it forgets', () => {
  const { texts, numberOf } = keyed();
  numberOf(1, 2);
  numberOf(3, 4);
  const first = texts.kept!;
  texts.nextBatch();
  numberOf(3, 4);
  numberOf(5, 6);
  const second = texts.kept!;
  expect(second.source).toBe(first.source);
  expect(second.numbers).toEqual([first.numbers[1], 2]);
  for (let key = 0; key < 40_000; key++) numberOf(key, 7);
  expect(texts.kept).toBeUndefined();
  texts.nextBatch();
  expect(numberOf(1, 2)).toBe(0);
  expect(texts.kept!.source).not.toBe(first.source);
});
