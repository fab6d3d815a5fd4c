import fc from 'fast-check';
import { HpackDecoder } from '../../../../../lib/index/applications/http2/hpack.ts';
import { decodeHuffman } from '../../../../../lib/index/applications/http2/huffman.ts';

function blocks(...hex: string[]): string[][] {
  const decoder = new HpackDecoder();
  return hex.map(text => {
    const bytes = Buffer.from(text.replaceAll(' ', ''), 'hex');
    const { fields, isWhole } = decoder.decode(bytes, 0, bytes.length);
    expect(isWhole).toBe(true);
    return fields.map(([name, value]) => `${name}: ${value}`);
  });
}

const REQUESTS = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
  [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ],
];

const RESPONSES = [
  [
    ':status: 302',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ],
  [
    ':status: 307',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ],
];

describe('the examples of RFC 7541, appendix C', () => {
  test('C.2: literals and an indexed field', () => {
    expect(blocks('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572')).toEqual([
      ['custom-key: custom-header'],
    ]);
    expect(blocks('040c 2f73 616d 706c 652f 7061 7468')).toEqual([[':path: /sample/path']]);
    expect(blocks('1008 7061 7373 776f 7264 0673 6563 7265 74')).toEqual([['password: secret']]);
    expect(blocks('82')).toEqual([[':method: GET']]);
  });

  test('C.3: requests on one connection', () => {
    expect(
      blocks(
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ),
    ).toEqual(REQUESTS);
  });

  test('C.4: the same with Huffman code', () => {
    expect(
      blocks(
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ),
    ).toEqual(REQUESTS);
  });

  test('C.6: responses with Huffman code, that evict entries from a table of 256 bytes', () => {
    expect(
      blocks(
        '3fe1 01 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        '4883 640e ffc1 c0bf',
      ),
    ).toEqual(RESPONSES);
  });
});

describe('what is broken or lost', () => {
  test('an entry that cannot be there ends the block', () => {
    const decoder = new HpackDecoder();
    expect(decoder.decode(Buffer.from('82c5', 'hex'), 0, 2)).toEqual({
      fields: [[':method', 'GET']],
      isWhole: false,
    });
  });

  test('after a loss old entries are left out, new ones are known', () => {
    const decoder = new HpackDecoder();
    decoder.forget();
    const first = Buffer.from(
      `82be 400a ${Buffer.from('custom-key').toString('hex')}0161`.replaceAll(' ', ''),
      'hex',
    );
    expect(decoder.decode(first, 0, first.length).fields).toEqual([
      [':method', 'GET'],
      ['custom-key', 'a'],
    ]);
    expect(decoder.decode(Buffer.from([0xbe, 0xbf]), 0, 2)).toEqual({
      fields: [['custom-key', 'a']],
      isWhole: true,
    });
  });

  test('Huffman code with a wrong padding or an end of string is refused', () => {
    expect(decodeHuffman(Buffer.from('f1e3c2e5f23a6ba0ab90f4ff', 'hex'), 0, 12)).toBe('www.example.com');
    expect(decodeHuffman(Buffer.from('f1e3c2e5f23a6ba0ab90f4fe', 'hex'), 0, 12)).toBeUndefined();
    expect(decodeHuffman(Buffer.from('ffffffff', 'hex'), 0, 4)).toBeUndefined();
  });

  test('no bytes make it throw, or keep more than the table holds', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), list => {
        const decoder = new HpackDecoder();
        for (const bytes of list) {
          expect(decoder.decode(bytes, 0, bytes.length).fields.length).toBeLessThanOrEqual(256);
        }
      }),
    );
  });
});
