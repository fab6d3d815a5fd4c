import { listColumnOf, textColumnOf } from '../../../lib/index/column-forms.ts';
import { type Column, listAt, textAt } from '../../../lib/index/table.ts';
import { textListOf } from '../../../lib/index/text-list.ts';

const textsOf = (column: Column | undefined, rows: number) => {
  const texts = textColumnOf(column, rows);
  return Array.from({ length: rows }, (_, row) => textAt(texts, row));
};

test('texts are the same in every form', () => {
  const indexed = { texts: textListOf(['b', 'a']), index: Int32Array.of(0, 1, 0) };
  expect(textColumnOf(indexed, 3)).toBe(indexed);
  for (const column of [indexed, { values: ['b', 'a', 'b'] }, { bytes: Buffer.from('bab'), width: 1 }]) {
    expect(textsOf(column, 3)).toEqual(['b', 'a', 'b']);
  }
});

test('a row without a text has none, nor has any where there is no column', () => {
  expect(textsOf({ values: [null, 'a', null] }, 3)).toEqual([undefined, 'a', undefined]);
  expect(textsOf({ texts: textListOf(['a']), index: Int32Array.of(-1, 0) }, 2)).toEqual([undefined, 'a']);
  expect(textsOf(undefined, 2)).toEqual([undefined, undefined]);
});

test.each<[string, (string[] | null)[] | (number[] | null)[], boolean]>([
  ['texts', [['a', ''], null, [], ['ü']], true],
  ['numbers', [[1, 0.5], null, [], [2]], false],
])('lists of %s are the same in both forms', (_, lists, ofTexts) => {
  const column = listColumnOf({ values: lists } as Column, ofTexts)!;
  expect(listColumnOf(column, ofTexts)).toBe(column);
  const expected = lists.map(list => list ?? undefined);
  expect(lists.map((_, row) => listAt(column, row))).toEqual(expected);
  expect(lists.map((_, row) => listAt({ values: lists } as Column, row))).toEqual(expected);
});

test('a column of texts or of numbers has no lists', () => {
  expect(listColumnOf({ bytes: Buffer.from('ab'), width: 1 }, true)).toBeUndefined();
  expect(listColumnOf({ values: Int32Array.of(1) }, false)).toBeUndefined();
  expect(listAt({ values: ['a'] }, 0)).toBeUndefined();
  expect(
    textAt({ elements: textListOf(['a']), starts: Int32Array.of(0, 1), index: Int32Array.of(0) }, 0),
  ).toBe(undefined);
});
