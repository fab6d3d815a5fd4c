import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, framed, query } from './dns/wire.ts';

/** What real programs sent, as raw material: whole capture files serve as streams, cut at any place. */
const read = (name: string) => readFileSync(join(import.meta.dirname, '../../../captures', name));
const http = Buffer.from(
  'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n',
);
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** The payload from the first occurrence of `mark` in a capture file on, which is `before` bytes behind its beginning. */
function from(name: string, mark: Buffer, length: number, before = 0): Buffer {
  const bytes = read(name);
  const at = bytes.indexOf(mark) - before;
  expect(at).toBeGreaterThan(0);
  return bytes.subarray(at, at + length);
}

export interface Seed {
  name: string;
  proto: 'tcp' | 'udp';
  respPort: number;
  /** What the originator and the responder send. */
  asked: Buffer;
  answered: Buffer;
}

const ROWS: [string, 'tcp' | 'udp', number, Buffer, Buffer][] = [
  ['dns', 'udp', 53, query(1, 'www.example.com'), answer(query(1, 'www.example.com'), 0)],
  ['dns', 'tcp', 53, framed(query(1, 'x.test')), framed(answer(query(1, 'x.test'), 3))],
  [
    'tls',
    'tcp',
    443,
    from('tls.pcap', Buffer.from('160301', 'hex'), 900),
    from('tls.pcap', Buffer.from('16030300', 'hex'), 900),
  ],
  [
    'http',
    'tcp',
    80,
    http,
    Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
  ],
  [
    'http2',
    'tcp',
    80,
    from('http2.pcap', preface, 1200),
    from('http2.pcap', Buffer.from('000004080000', 'hex'), 400),
  ],
  ['quic', 'udp', 443, from('quic.pcap', Buffer.from('0000000108', 'hex'), 1200, 1), Buffer.alloc(0)],
];

export const SEEDS: Seed[] = ROWS.map(([name, proto, respPort, asked, answered]) => ({
  name,
  proto,
  respPort,
  asked,
  answered,
}));
