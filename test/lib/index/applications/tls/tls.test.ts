import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pick } from '../captures.ts';
import { Feed, flowRef, Harness } from '../harness.ts';
import { hello } from './hello.ts';

/** What openssl s_client 3.0 sent first in tls.pcap: TLS 1.3, api.shop.test, ALPN h2 and http/1.1. */
const HELLO = (() => {
  const bytes = readFileSync(join(import.meta.dirname, '../../../../captures/tls.pcap'));
  const at = bytes.indexOf(Buffer.from('1603010', 'hex'));
  return bytes.subarray(at, at + 5 + bytes.readUInt16BE(at + 3));
})();

const record = (type: number, ...body: number[]) =>
  Buffer.from([type, 3, 3, body.length >> 8, body.length & 255, ...body]);
const data = (length: number) => record(23, ...Array(length).fill(0xab));

/** A ServerHello of TLS 1.2 without extensions. */
const SERVER_12 = record(22, 2, 0, 0, 38, 3, 3, ...Array(32).fill(5), 0, 0xc0, 0x2f, 0);
/** One of TLS 1.3, with x25519. */
const SERVER_13 = record(
  22,
  2,
  0,
  0,
  54,
  3,
  3,
  ...Array(32).fill(5),
  0,
  0x13,
  0x01,
  0,
  0,
  14,
  0,
  43,
  0,
  2,
  3,
  4,
  0,
  51,
  0,
  4,
  0,
  29,
  0,
  0,
);

function open(over = {}): { harness: Harness; feed: Feed } {
  const harness = new Harness();
  return { harness, feed: new Feed(harness, flowRef(over)) };
}

const outcome = (harness: Harness) =>
  pick(harness.rows('ssl'), 'server_name', 'version', 'established', 'alert', 'truncated');

describe('a handshake', () => {
  test('is read from segments of any size', () => {
    for (const size of [6, 7, 100, 5000]) {
      const { harness, feed } = open();
      for (let i = 0; i < HELLO.length; i += size) feed.send(0, HELLO.subarray(i, i + size));
      for (let i = 0; i < SERVER_13.length; i += size) feed.send(1, SERVER_13.subarray(i, i + size));
      feed.send(1, data(100)).send(0, data(53)).end();
      expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv13', 1, null, 0]]);
      expect(harness.rows('ssl')[0]).toMatchObject({
        curve: 'x25519',
        next_protocol: 'h2',
        transport: 'tcp',
      });
    }
  });

  test('is read from a hello that is cut into several records', () => {
    const { harness, feed } = open();
    const body = [...HELLO.subarray(5)];
    feed
      .send(0, record(22, ...body.slice(0, 50)))
      .send(0, record(22, ...body.slice(50)))
      .end();
    expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv13', 0, null, 0]]);
  });

  test('of TLS 1.2 is over when both sides have changed their cipher', () => {
    const { harness, feed } = open();
    const finished = record(22, ...Array(40).fill(1));
    feed
      .send(0, HELLO)
      .send(1, SERVER_12)
      .send(0, Buffer.concat([record(20, 1), finished]));
    expect(harness.rows('ssl')).toEqual([]);
    feed.send(1, Buffer.concat([record(20, 1), finished])).end();
    expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv12', 1, null, 0]]);
  });

  test('fails with an alert of either side, a warning is none', () => {
    for (const side of [0, 1] as const) {
      const { harness, feed } = open();
      feed
        .send(0, HELLO)
        .send(1, record(21, 1, 112))
        .send(side, record(21, 2, 40))
        .end();
      expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv13', 0, 'handshake_failure', 0]]);
    }
  });

  test('of TLS 1.3 fails when the client answers with no more than an alert', () => {
    const { harness, feed } = open();
    feed
      .send(0, HELLO)
      .send(1, SERVER_13)
      .send(1, data(900))
      .send(0, Buffer.concat([record(20, 1), data(19)]))
      .end();
    expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv13', 0, 'encrypted_alert', 0]]);
  });

  test('that leads to another protocol is over at once', () => {
    const { harness, feed } = open();
    feed.send(0, HELLO).send(1, 'HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv13', 0, null, 0]]);
  });
});

/** A ServerHello that asks for another key (RFC 8446 section 4.1.4): secp256r1 instead of x25519. */
const RETRY = Buffer.from(SERVER_13);
Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex').copy(RETRY, 11);
RETRY[RETRY.length - 3] = 23;

describe('a server that asks for another key', () => {
  const again = () => {
    const { harness, feed } = open();
    // Both sides may send ChangeCipherSpec for the sake of boxes in between, the client before its second hello.
    feed.send(0, HELLO).send(1, Buffer.concat([RETRY, record(20, 1)]));
    feed.send(0, Buffer.concat([record(20, 1), HELLO]));
    return { harness, feed };
  };

  test('has not answered yet', () => {
    const { harness, feed } = again();
    feed.end();
    expect(harness.rows('ssl')).toMatchObject([
      { version: 'TLSv13', cipher: null, curve: null, established: 0 },
    ]);
  });

  test('answers the second hello', () => {
    const { harness, feed } = again();
    feed.send(1, SERVER_13).send(1, data(900)).send(0, data(53)).end();
    expect(harness.rows('ssl')).toMatchObject([
      { version: 'TLSv13', cipher: 'TLS_AES_128_GCM_SHA256', curve: 'x25519', established: 1 },
    ]);
  });
});

test('what follows a change of ciphers is not read', () => {
  const { harness, feed } = open();
  feed.send(0, HELLO).send(1, SERVER_12);
  const other = Buffer.from(SERVER_12);
  other.writeUInt16BE(0xc030, 44); // what looks like another hello
  feed.send(1, Buffer.concat([record(20, 1), other])).end();
  expect(harness.rows('ssl')).toMatchObject([{ cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' }]);
});

describe('a short record of the client', () => {
  const parts = { random: 1, session: [], ciphers: [0x1301], name: 'a.test', alpn: [], versions: [0x0304] };
  const greeting = (...others: number[]) => {
    const body = hello({ ...parts, others });
    return record(22, 1, 0, body.length >> 8, body.length & 255, ...body);
  };

  test('is an alert when it is the first', () => {
    const { harness, feed } = open();
    feed.send(0, greeting()).send(1, SERVER_13).send(0, data(19)).end();
    expect(outcome(harness)).toEqual([['a.test', 'TLSv13', 0, 'encrypted_alert', 0]]);
  });

  test('is none behind another one', () => {
    const { harness, feed } = open();
    feed.send(0, greeting()).send(1, SERVER_13).send(0, data(53)).send(0, data(19)).send(1, data(99)).end();
    expect(outcome(harness)).toEqual([['a.test', 'TLSv13', 1, null, 0]]);
  });

  test('is none of a client that may have sent data early', () => {
    const { harness, feed } = open();
    feed.send(0, greeting(42)).send(1, SERVER_13).send(0, data(19)).send(1, data(99)).end();
    expect(outcome(harness)).toEqual([['a.test', 'TLSv13', 1, null, 0]]);
  });
});

test.each([0, 1, 2, 3, 4])('a record of version 3.%d is one', minor => {
  const { feed } = open();
  const bytes = Buffer.from(HELLO);
  bytes[2] = minor;
  expect(feed.send(0, bytes).service).toBe('tls');
});

test('a heartbeat is no end of the handshake', () => {
  const { harness, feed } = open();
  feed
    .send(0, HELLO)
    .send(1, SERVER_13)
    .send(0, record(24, 1, 0, 1, 9))
    .send(1, data(99))
    .send(0, data(53))
    .end();
  expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv13', 1, null, 0]]);
});

describe('what is missing', () => {
  test('a snap length of 96 leaves a row that says truncated', () => {
    const { harness, feed } = open();
    feed
      .send(0, HELLO, 0, 24)
      .send(1, SERVER_13, 1, 24)
      .send(1, data(500), 2, 24)
      .send(0, data(53), 3, 24)
      .end();
    expect(outcome(harness)).toEqual([[null, null, 1, null, 1]]);
  });

  test('a cut behind the server name keeps it; version and fingerprint are not guessed', () => {
    const { harness, feed } = open();
    feed.send(0, HELLO, 0, HELLO.length - 60).end();
    expect(outcome(harness)).toEqual([['api.shop.test', null, 0, null, 1]]);
    expect(harness.rows('ssl')[0]!.ja4).toBeNull();
  });

  test('a cut in the certificate costs nothing', () => {
    const { harness, feed } = open();
    const certificate = record(22, 11, 0, 1, 0, ...Array(256).fill(9));
    feed
      .send(0, HELLO)
      .send(1, Buffer.concat([SERVER_12, certificate]), 1, SERVER_12.length + 20)
      .end();
    expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv12', 0, null, 0]]);
  });

  test('after a gap the next record is found again', () => {
    const { harness, feed } = open();
    feed.send(0, HELLO).gap(1, 3000).send(1, data(40)).send(0, data(53)).end();
    expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv13', 1, null, 0]]);
  });
});

test('TLS that begins in the middle of SMTP is read', () => {
  const { harness, feed } = open({ respPort: 25 });
  feed.send(1, '220 mail.test ESMTP\r\n').send(0, 'EHLO me\r\n').send(1, '250 STARTTLS\r\n');
  feed
    .send(0, 'STARTTLS\r\n')
    .send(1, '220 go\r\n')
    .send(0, HELLO)
    .send(1, record(21, 2, 70))
    .end();
  expect(feed.service).toBe('smtp');
  expect(outcome(harness)).toEqual([['api.shop.test', 'TLSv13', 0, 'protocol_version', 0]]);
});

test('a stream of TLS that began before the capture gives no row', () => {
  const { harness, feed } = open();
  feed.send(0, data(300)).send(1, data(300)).end();
  expect(harness.rows('ssl')).toEqual([]);
});
