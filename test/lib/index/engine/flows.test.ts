import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import type { Limits } from '../../../../lib/pcap/limits.ts';
import { Collector } from './collect.ts';

const SYN = 0x02;
const ACK = 0x10;
const FIN = 0x11;
const RST = 0x04;

interface Segment {
  seconds: number;
  flags: number;
  sequence: number;
  acknowledgement?: number;
  /** From the responder. */
  isAnswer?: boolean;
  port?: number;
  payload?: string;
  protocol?: number;
}

function record({
  seconds,
  flags,
  sequence,
  acknowledgement = 0,
  isAnswer,
  port = 4000,
  payload = '',
  protocol = 6,
}: Segment): Buffer {
  const header = Buffer.alloc(16);
  const transport = Buffer.alloc(protocol === 6 ? 20 : 8);
  transport.writeUInt16BE(isAnswer ? 80 : port);
  transport.writeUInt16BE(isAnswer ? port : 80, 2);
  if (protocol === 6) {
    transport.writeUInt32BE(sequence, 4);
    transport.writeUInt32BE(acknowledgement, 8);
    transport[12] = 0x50;
    transport[13] = flags;
    transport.writeUInt16BE(1000, 14);
  }
  const network = Buffer.alloc(20);
  network[0] = 0x45;
  network.writeUInt16BE(20 + transport.length + payload.length, 2);
  network[8] = 64;
  network[9] = protocol;
  network.set(isAnswer ? [10, 0, 0, 2, 10, 0, 0, 1] : [10, 0, 0, 1, 10, 0, 0, 2], 12);
  const data = Buffer.concat([network, transport, Buffer.from(payload)]);
  header.writeUInt32LE(1_700_000_000 + Math.floor(seconds));
  header.writeUInt32LE(Math.round((seconds % 1) * 1e6), 4);
  header.writeUInt32LE(data.length, 8);
  header.writeUInt32LE(data.length, 12);
  return Buffer.concat([header, data]);
}

const fileHeader = Buffer.from('d4c3b2a102000400000000000000000000000400e4000000', 'hex');

async function conns(segments: Segment[], limits: Partial<Limits> = {}) {
  const tables = new Collector();
  const bytes = Buffer.concat([fileHeader, ...segments.map(record)]);
  const chunks = (async function* () {
    yield new Uint8Array(bytes);
  })();
  const source = streamSource('file', chunks);
  const { summary } = await indexCapture(source, tables, { analysers: startAnalysers, limits });
  return { summary, rows: tables.table('conn'), http: tables.table('http') };
}

const handshake = (seconds: number, sequence: number): Segment[] => [
  { seconds, flags: SYN, sequence },
  { seconds: seconds + 0.01, flags: SYN | ACK, sequence: 500, isAnswer: true },
  { seconds: seconds + 0.03, flags: ACK, sequence: sequence + 1 },
];
const farewell = (seconds: number, sequence: number): Segment[] => [
  { seconds, flags: FIN, sequence },
  { seconds: seconds + 0.01, flags: FIN, sequence: 501, isAnswer: true },
];

// Names and meanings of https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html
it.each<[string, string, string, Segment[]]>([
  ['S0', 'a SYN without answer', 'S', [{ seconds: 0, flags: SYN, sequence: 1 }]],
  ['S1', 'an open connection', 'ShA', handshake(0, 1)],
  ['SF', 'a normal one', 'ShAFf', [...handshake(0, 1), ...farewell(1, 2)]],
  [
    'REJ',
    'a refused one',
    'Sr',
    [
      { seconds: 0, flags: SYN, sequence: 1 },
      { seconds: 0.1, flags: RST | ACK, sequence: 0, isAnswer: true },
    ],
  ],
  ['S2', 'only the originator closed', 'ShAF', [...handshake(0, 1), farewell(1, 2)[0]!]],
  ['S3', 'only the responder closed', 'ShAf', [...handshake(0, 1), farewell(1, 2)[1]!]],
  ['RSTO', 'the originator reset it', 'ShAR', [...handshake(0, 1), { seconds: 1, flags: RST, sequence: 2 }]],
  [
    'RSTR',
    'the responder reset it',
    'ShAr',
    [...handshake(0, 1), { seconds: 1, flags: RST, sequence: 501, isAnswer: true }],
  ],
  [
    'RSTOS0',
    'a SYN taken back',
    'SR',
    [
      { seconds: 0, flags: SYN, sequence: 1 },
      { seconds: 1, flags: RST, sequence: 2 },
    ],
  ],
  ['SH', 'a SYN, then a FIN', 'SF', [{ seconds: 0, flags: SYN, sequence: 1 }, farewell(1, 2)[0]!]],
  ['OTH', 'no beginning', 'D', [{ seconds: 0, flags: ACK, sequence: 9, payload: 'x' }]],
])('%s: %s', async (state, _meaning, history, segments) => {
  const { rows } = await conns(segments);
  expect(rows).toMatchObject([{ conn_state: state, history }]);
});

it('turns a connection that was seen from its SYN-ACK on', async () => {
  const { rows } = await conns(handshake(0, 1).slice(1));
  expect(rows).toMatchObject([{ id_orig_h: '10.0.0.1', id_resp_h: '10.0.0.2', history: '^hA' }]);
});

it('measures both halves of the handshake', async () => {
  const { rows } = await conns(handshake(5, 1));
  expect(rows[0]!.syn_rtt_server).toBeCloseTo(0.01, 9);
  expect(rows[0]!.syn_rtt_client).toBeCloseTo(0.02, 9);
});

it('begins another flow when a port is used again', async () => {
  const { rows } = await conns([...handshake(0, 1), ...farewell(1, 2), ...handshake(2, 90_000)]);
  expect(rows.map(row => row.conn_state)).toEqual(['SF', 'S1']);
  expect(new Set(rows.map(row => row.uid)).size).toBe(2);
});

it('counts a SYN that comes again as sent again, not as another flow', async () => {
  const { summary, rows } = await conns([0, 1, 3].map(seconds => ({ seconds, flags: SYN, sequence: 1 })));
  expect(summary.retransmissions).toBe(2);
  expect(rows).toMatchObject([{ orig_retx: 2, orig_pkts: 3n, conn_state: 'S0' }]);
});

it('counts bytes by sequence numbers, whatever was sent again or not captured', async () => {
  const { rows } = await conns([
    ...handshake(0, 0xffff_fff0), // the numbers wrap
    { seconds: 1, flags: ACK, sequence: 0xffff_fff1, payload: 'x'.repeat(100) },
    { seconds: 2, flags: ACK, sequence: 0xffff_fff1, payload: 'x'.repeat(100) },
    { seconds: 3, flags: ACK, sequence: 285, payload: 'y'.repeat(50) },
  ]);
  expect(rows).toMatchObject([{ orig_bytes: 350n, orig_retx: 1, missed_bytes: 200n, history: 'ShADT' }]);
});

it('takes the end of both ends for the end, and any packet after five seconds of silence for another flow', async () => {
  const { rows } = await conns([
    ...handshake(0, 1),
    ...farewell(1, 2),
    { seconds: 1.02, flags: ACK, sequence: 3 },
    { seconds: 6.03, flags: FIN, sequence: 501, isAnswer: true },
  ]);
  expect(rows).toMatchObject([
    { conn_state: 'SF', orig_pkts: 4n, resp_pkts: 2n, id_orig_h: '10.0.0.1' },
    { conn_state: 'SHR', orig_pkts: 0n, resp_pkts: 1n, id_orig_h: '10.0.0.1', history: '^f' },
  ]);
  expect(rows[0]!.duration).toBeCloseTo(1.01, 9);
});

it('keeps what is sent again after the end, at intervals that double, with the connection', async () => {
  const fin = (seconds: number): Segment => ({ seconds, flags: FIN, sequence: 501, isAnswer: true });
  const again = [1.6, 2.8, 5.2, 10, 19.6].map(fin);
  const { rows } = await conns([...handshake(0, 1), ...farewell(1, 2), ...again]);
  expect(rows).toMatchObject([{ conn_state: 'SF', resp_pkts: 7n }]);
  expect(rows[0]!.duration).toBeCloseTo(1.01, 9);
  const late = await conns([...handshake(0, 1), ...farewell(1, 2), fin(5), fin(13.1)]);
  expect(late.rows.map(row => row.resp_pkts)).toEqual([3n, 1n]);
});

describe('a connection that is silent', () => {
  const HOUR = 3600;
  const data = (seconds: number, sequence: number): Segment => ({
    seconds,
    flags: ACK,
    sequence,
    payload: 'x',
  });
  const counts = async (segments: Segment[]) => (await conns(segments)).rows.map(row => row.orig_pkts);

  it('goes on for as long as both ends keep it', async () => {
    // A keep-alive of two hours is what hosts send (RFC 1122, 4.2.3.6): one byte before the next.
    const keepAlive = { seconds: 2 * HOUR, flags: ACK, sequence: 1 };
    expect(await counts([...handshake(0, 1), keepAlive, data(2 * HOUR + 400, 2)])).toEqual([4n]);
  });

  it('goes on, too, when its beginning was not captured', async () => {
    const answer = { ...data(1, 500), isAnswer: true };
    expect(await counts([data(0, 9), answer, data(HOUR, 10)])).toEqual([2n]);
  });

  it('is another one when the sequence numbers are others', async () => {
    expect(await counts([...handshake(0, 1), data(299, 90_000_000)])).toEqual([3n]);
    expect(await counts([...handshake(0, 1), data(301, 90_000_000)])).toEqual([2n, 1n]);
  });

  it('is another one when address translation would have forgotten it', async () => {
    expect(await counts([...handshake(0, 1), data(2 * HOUR + 241, 2)])).toEqual([2n, 1n]);
  });

  it.each<[string, Segment[]]>([
    ['was never answered', [{ seconds: 0, flags: SYN, sequence: 1 }]],
    ['was heard of in one direction', [data(0, 2)]],
    ['one end closed', [...handshake(0, 1), farewell(0.1, 2)[0]!]],
  ])('ends after five minutes when it %s', async (_what, segments) => {
    expect(await counts([...segments, data(301, 3)])).toHaveLength(2);
  });
});

it('takes a SYN after a refusal for another attempt', async () => {
  const refused = (seconds: number): Segment[] => [
    { seconds, flags: SYN, sequence: 1 },
    { seconds: seconds + 0.1, flags: RST | ACK, sequence: 0, isAnswer: true },
  ];
  const { rows } = await conns([...refused(0), ...refused(0.5)]);
  expect(rows.map(row => row.conn_state)).toEqual(['REJ', 'REJ']);
});

describe('a hole in a stream', () => {
  const data = (seconds: number, sequence: number): Segment => ({
    seconds,
    flags: ACK,
    sequence,
    acknowledgement: 501,
    payload: 'x'.repeat(100),
  });
  const acknowledge = (acknowledgement: number): Segment => ({
    seconds: 5,
    flags: ACK,
    sequence: 501,
    acknowledgement,
    isAnswer: true,
  });

  it('is a gap once the peer acknowledges it', async () => {
    const { rows } = await conns([...handshake(0, 1), data(1, 2), data(2, 302), acknowledge(402)]);
    expect(rows).toMatchObject([{ orig_bytes: 400n, missed_bytes: 200n, history: 'ShADaG' }]);
  });

  it('is none when only a FIN was late', async () => {
    const { rows } = await conns([
      ...handshake(0, 1),
      { seconds: 1, flags: ACK, sequence: 3, acknowledgement: 501 },
      { seconds: 2, flags: FIN, sequence: 2, acknowledgement: 501 },
      acknowledge(3),
    ]);
    expect(rows).toMatchObject([{ missed_bytes: 0n, history: 'ShAFa' }]);
  });

  it('is none when it is filled before', async () => {
    const segments = [data(1, 2), data(2, 202), data(3, 102), acknowledge(302)];
    const { rows } = await conns([...handshake(0, 1), ...segments]);
    expect(rows).toMatchObject([{ orig_bytes: 300n, missed_bytes: 0n, history: 'ShADTa' }]);
  });

  it('is counted once when bytes are acknowledged before the segment behind them comes', async () => {
    const { rows } = await conns([...handshake(0, 1), data(1, 2), acknowledge(202), data(6, 202)]);
    expect(rows).toMatchObject([{ orig_bytes: 300n, missed_bytes: 100n, history: 'ShADaG' }]);
  });
});

it('knows the server by its port where the capture begins amid a connection', async () => {
  const middle = { flags: ACK, sequence: 1, payload: 'x' };
  const { rows } = await conns([
    { ...middle, seconds: 0, isAnswer: true },
    { ...middle, seconds: 1 },
  ]);
  expect(rows).toMatchObject([
    { id_orig_h: '10.0.0.1', id_resp_h: '10.0.0.2', id_resp_p: 80, history: '^dD' },
  ]);
});

it('reads what a SYN carries (TCP Fast Open)', async () => {
  const { rows, http } = await conns([
    { seconds: 0, flags: SYN, sequence: 1, payload: 'GET /long' },
    { seconds: 0.01, flags: SYN | ACK, sequence: 500, acknowledgement: 11, isAnswer: true },
    {
      seconds: 0.02,
      flags: ACK,
      sequence: 11,
      acknowledgement: 501,
      payload: 'er HTTP/1.1\r\nHost: a\r\n\r\n',
    },
  ]);
  expect(rows).toMatchObject([{ orig_bytes: 33n, missed_bytes: 0n, service: 'http' }]);
  expect(http).toMatchObject([{ uri: '/longer', host: 'a' }]);
});

it('takes a reset without a SYN before it for no connection', async () => {
  const { rows } = await conns([{ seconds: 0, flags: RST, sequence: 9 }]);
  expect(rows).toMatchObject([{ conn_state: 'OTH', history: 'R' }]);
});

it('lets go of flows that ended or went idle, so that a capture without end fits into memory', async () => {
  const written: number[] = [];
  const hours = 20;
  const records = async function* () {
    yield new Uint8Array(fileHeader);
    for (let minute = 0; minute < hours * 60; minute++) {
      const segments: Segment[] = [];
      for (let port = 1; port <= 20; port++) {
        segments.push({
          seconds: minute * 60,
          flags: 0,
          sequence: 0,
          port: minute * 20 + port,
          protocol: 17,
        });
      }
      yield new Uint8Array(Buffer.concat(segments.map(record)));
    }
  };
  const sink = {
    write: ({ table, rows }: { table: string; rows: number }) => {
      if (table === 'conn') written.push(rows);
    },
    drain: async () => {},
  };
  const before = () => written.reduce((sum, rows) => sum + rows, 0);
  let beforeEnd = 0;
  const source = streamSource(
    'endless',
    (async function* () {
      yield* records();
      beforeEnd = before();
    })(),
  );
  const { summary } = await indexCapture(source, sink);
  expect(summary.flows).toBe(hours * 60 * 20);
  // All but a last batch and what is not idle yet.
  expect(beforeEnd).toBeGreaterThan(summary.flows - 4096 - 200);
});

it('ends all flows where there are more at once than there can be, and says so', async () => {
  const ports = Array.from({ length: 700 }, (_, at) => 1000 + at);
  const datagrams = [...ports, ...ports].map((port, at) => {
    return { seconds: at / 1000, flags: 0, sequence: 0, port, protocol: 17, payload: 'x' };
  });
  for (const flows of [64, 300, 600]) {
    const { summary, rows } = await conns(datagrams, { flows });
    const atOnce = 2 ** Math.floor(Math.log2(flows));
    expect(summary.partial).toBe(
      `too_many_flows: there were more than ${atOnce} at once, and all of them were ended`,
    );
    expect(rows.reduce((sum, row) => sum + Number(row.orig_pkts), 0)).toBe(datagrams.length);
    expect(new Set(rows.map(row => row.id_orig_p))).toEqual(new Set(ports));
    expect(new Set(rows.map(row => row.uid)).size).toBe(rows.length);
  }
  const { summary, rows } = await conns(datagrams, { flows: 1024 });
  expect([summary.partial, rows.length]).toEqual([false, 700]);
});
