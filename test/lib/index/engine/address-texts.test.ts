import fc from 'fast-check';
import { AddressTexts } from '../../../../lib/index/engine/address-texts.ts';
import { addressText } from '../../../../lib/index/engine/names.ts';
import * as row from '../../../../lib/index/engine/row.ts';

/** Few values, so that addresses come again and parts of them are alike. */
const word = fc.constantFrom(0, 1, -1, 0x0a000001, 0x20010db8);

function flow(version: 4 | 6, words: number[]): Int32Array {
  const integers = new Int32Array(row.ROW_INTEGERS);
  integers[row.KIND] = (version << 8) | 6;
  integers[row.RESP_ADDRESS] = words[0]!;
  integers.set(words.slice(1), row.RESP_TAIL);
  return integers;
}

test('an address has its text, however many others were asked for before', () => {
  const texts = new AddressTexts();
  const address = fc.tuple(fc.constantFrom<4 | 6>(4, 6), fc.tuple(word, word, word, word));
  fc.assert(
    fc.property(address, ([version, words]) => {
      const expected = addressText(version, Int32Array.from(words), 0);
      expect(texts.of(flow(version, words), 0, 'resp')).toBe(expected);
    }),
    { numRuns: 2000 },
  );
  for (let i = 0; i < 20_000; i++)
    expect(texts.of(flow(4, [i, 0, 0, 0]), 0, 'resp')).toBe(addressText(4, Int32Array.of(i), 0));
});
