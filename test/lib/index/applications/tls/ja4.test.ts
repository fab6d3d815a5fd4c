import type { ClientHello } from '../../../../../lib/index/applications/tls/client-hello.ts';
import { ja4 } from '../../../../../lib/index/applications/tls/ja4.ts';

/** The hello of the worked example in FoxIO's JA4 specification (technical_details/JA4.md), GREASE included. */
const EXAMPLE: ClientHello = {
  version: 0x0303,
  sessionId: '',
  ciphers: [
    0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c,
    0x009d, 0x002f, 0x0035,
  ],
  extensions: [
    0x6a6a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b,
    0xff01, 0x000b, 0x000a, 0x0015, 0x1a1a,
  ],
  serverName: 'example.com',
  protocols: ['h2', 'http/1.1'],
  versions: [0x6a6a, 0x0304, 0x0303],
  groups: [],
  signatureAlgorithms: [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
  preSharedKey: false,
  ticket: false,
  cut: false,
};

describe('JA4', () => {
  test("is that of the specification's worked example", () => {
    expect(ja4(EXAMPLE, 't')).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
  });

  test('tells QUIC, a missing server name, old versions and missing ALPN apart', () => {
    const bare = {
      ...EXAMPLE,
      extensions: [],
      versions: [],
      protocols: [],
      signatureAlgorithms: [],
      ciphers: [],
    };
    expect(ja4(bare, 'q')).toBe('q12i000000_000000000000_000000000000');
    expect(ja4({ ...bare, version: 0x0300 }, 't')).toMatch(/^ts3i/);
    expect(ja4({ ...bare, version: 0x1234 }, 't')).toMatch(/^t00i/);
  });

  test.each([
    ['\xab', 'ab'],
    ['\xab\xcd', 'ad'],
    ['\x30\xab', '3b'],
    ['\x30\x31\xab\xcd', '3d'],
    ['\xab0123', 'a3'],
    ['h', 'hh'],
    ['http/1.1', 'h1'],
  ])('renders the protocol %j as %s', (protocol, expected) => {
    expect(ja4({ ...EXAMPLE, protocols: [protocol] }, 't').slice(8, 10)).toBe(expected);
  });

  test('counts at most 99', () => {
    const ciphers = Array.from({ length: 120 }, (_, i) => 0xc000 + i);
    expect(ja4({ ...EXAMPLE, ciphers }, 't').slice(4, 6)).toBe('99');
  });
});
