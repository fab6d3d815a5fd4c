import { latin1 } from '../../../../lib/index/applications/bytes.ts';
import { printable } from '../../../../lib/index/applications/text.ts';

test.each([
  ['plain ~text', 'plain ~text'],
  ['', ''],
  ['tab\there', 'tab\\x09here'],
  ['caf\u00e9 \u{1f600}', 'caf\u00e9 \u{1f600}'],
  ['\u200b', '\\xe2\\x80\\x8b'],
])('%j is shown as %s', (text, shown) => {
  const bytes = Buffer.from(`[${text}]`);
  expect(printable(bytes, 1, bytes.length - 1)).toBe(shown);
});

test('what is not UTF-8 is Latin-1, escaped', () => {
  expect(printable(Buffer.from([0x41, 0xe9, 0x00]), 0, 3)).toBe('A\\xe9\\x00');
});

test('texts are read from whichever buffer holds them, and from its middle', () => {
  const one = new Uint8Array(Buffer.from('one'));
  const two = new Uint8Array(Buffer.from('xxtwo')).subarray(2);
  expect([latin1(one, 0, 3), latin1(two, 0, 3), latin1(one, 1, 3), latin1(two, 1, 2)]).toEqual([
    'one',
    'two',
    'ne',
    'w',
  ]);
});
