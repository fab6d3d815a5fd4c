import { Feed, flowRef, Harness } from '../harness.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const HEADERS = 1;
const END = 0x05; // of the headers, and of the stream

function frame(type: number, flags: number, stream: number, ...payload: number[]): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, Buffer.from(payload)]);
}

/** GET / of the static table (RFC 7541, appendix A), and what is given. */
const request = (stream: number, ...more: number[]) => frame(HEADERS, END, stream, 0x82, 0x84, 0x86, ...more);
/** user-agent: me, to be put into the dynamic table; and what was put there last. */
const AGENT = [0x7a, 2, ...Buffer.from('me')];
const LAST = 0xbe;

function open(): { harness: Harness; feed: Feed } {
  const harness = new Harness();
  return { harness, feed: new Feed(harness, flowRef({ respPort: 50051 })) };
}

const seen = (harness: Harness) =>
  harness.rows('http').map(({ method, uri, user_agent, truncated }) => [method, uri, user_agent, truncated]);

test('requests are found however the stream is cut into segments', () => {
  const stream = Buffer.concat([
    Buffer.from(PREFACE),
    frame(4, 0, 0),
    request(1, ...AGENT),
    request(3, LAST),
  ]);
  for (const size of [14, 15, 24, 1000]) {
    const { harness, feed } = open();
    for (let at = 0; at < stream.length; at += size) feed.send(0, stream.subarray(at, at + size));
    feed.end();
    expect(seen(harness)).toEqual([
      ['GET', '/', 'me', 0],
      ['GET', '/', 'me', 0],
    ]);
    expect(feed.service).toBe('http2');
    harness.close();
  }
});

test('behind a hole the next frame is found, and what was said before is not believed', () => {
  const { harness, feed } = open();
  feed.send(0, Buffer.concat([Buffer.from(PREFACE), request(1, ...AGENT)]));
  feed.gap(0, 100).send(0, request(3, LAST)).end();
  expect(seen(harness)).toEqual([
    ['GET', '/', 'me', 0],
    ['GET', '/', null, 1],
  ]);
});

test('what is no frame ends the reading until one begins with a segment', () => {
  const { harness, feed } = open();
  feed.send(0, Buffer.concat([Buffer.from(PREFACE), frame(0x50, 0, 0, 1, 2), request(1)]));
  feed.send(0, request(3)).end();
  expect(harness.rows('http')).toHaveLength(1);
});

test('a request whose frame is cut is truncated', () => {
  const { harness, feed } = open();
  const sent = Buffer.concat([Buffer.from(PREFACE), request(1, ...AGENT)]);
  feed.send(0, sent, 0, sent.length - 2).end();
  expect(seen(harness)).toEqual([['GET', '/', null, 1]]);
});
