import { indexTexts } from '../../../lib/index/indexed-texts.ts';
import type { Column } from '../../../lib/index/table.ts';
import { textListOf } from '../../../lib/index/text-list.ts';

const textsOf = (column: Column | undefined, rows: number) => {
  const { texts, index } = indexTexts(column, rows);
  return { texts: [...texts], rows: [...index.subarray(0, rows)] };
};

test('every form of a column of texts becomes each text once, and numbers', () => {
  const expected = { texts: ['b', 'a'], rows: [0, 1, 0] };
  expect(textsOf({ values: ['b', 'a', 'b'] }, 3)).toEqual(expected);
  expect(textsOf({ bytes: Buffer.from('bab'), width: 1 }, 3)).toEqual(expected);
  expect(textsOf({ texts: textListOf(['b', 'a']), index: Int32Array.of(0, 1, 0) }, 3)).toEqual(expected);
});

test('a row without a text has no number, nor has any where there is no column', () => {
  expect(textsOf({ values: [null, 'a', null] }, 3)).toEqual({ texts: ['a'], rows: [-1, 0, -1] });
  expect(textsOf(undefined, 2)).toEqual({ texts: [], rows: [-1, -1] });
});
