import fc from 'fast-check';
import { textListOf, textOf } from '../../../lib/index/text-list.ts';

test('gives every text back', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), texts => {
      const list = textListOf(texts);
      expect(list.offsets.length).toBe(texts.length + 1);
      expect(texts.map((_, n) => textOf(list, n))).toEqual(texts);
    }),
  );
});

test('a half of a pair of surrogates is shown as no character, also where the other half comes next', () => {
  const list = textListOf(['a\ud83d', '\ude00b']);
  expect([textOf(list, 0), textOf(list, 1)]).toEqual(['a\ufffd', '\ufffdb']);
});

test('a list may be a part of other bytes', () => {
  const { bytes, offsets } = textListOf(['ä', 'b']);
  const all = new Uint8Array([9, 9, ...bytes, 9]);
  expect(textOf({ bytes: all.subarray(2, 5), offsets }, 1)).toBe('b');
});
