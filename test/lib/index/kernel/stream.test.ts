import fc from 'fast-check';
import type { Direction } from '../../../../lib/index/analyser.ts';
import { framed, query } from '../applications/dns/wire.ts';
import { flowRef, Harness } from '../applications/harness.ts';
import { SEEDS, type Seed } from '../applications/seeds.ts';
import { KernelFlow } from './kernel-flow.ts';

/** A flow whose segments come in any order. */
class Talk {
  readonly harness = new Harness();
  readonly #flow: KernelFlow;

  constructor(respPort: number) {
    this.#flow = new KernelFlow(this.harness.kernel, this.harness.table, flowRef({ respPort }));
  }

  send(
    direction: Direction,
    sequence: number,
    text: string | Uint8Array,
    acknowledged?: number,
    missing = 0,
  ): this {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    const ack = acknowledged !== undefined && { acknowledged };
    this.#flow.take({ direction, sequence: sequence | 0, bytes, missing, ...ack });
    return this;
  }

  end(): this {
    this.#flow.end(0);
    return this;
  }

  get uris(): unknown[] {
    return this.harness.rows('http').map(row => row.uri);
  }
}

it('gives each byte once and in order, however the segments are cut, repeated and shuffled', () => {
  const ids = Array.from({ length: 20 }, (_, id) => id);
  const messages = ids.map(id => framed(query(id, 'x.test')));
  const whole = Buffer.concat(messages);
  const segments = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 150 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(segments, fc.integer(), (pieces, start) => {
      const talk = new Talk(53).send(0, start, messages[0]!);
      for (const [from, length] of pieces) talk.send(0, start + from, whole.subarray(from, from + length));
      for (let from = 0; from < whole.length; from += 50) {
        talk.send(0, start + from, whole.subarray(from, from + 50));
      }
      const rows = talk.end().harness.rows('dns');
      expect(rows.map(row => row.trans_id)).toEqual(ids);
      talk.harness.close();
    }),
  );
});

describe('behind a hole', () => {
  const asked = 'GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n';
  const first = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc';
  const missing = '\r\n0\r\n\r\n';
  const next = first.length + missing.length;
  const second = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;
  const talk = () => new Talk(80).send(0, 0, asked).send(1, 0, first);

  it('goes on once the other side has acknowledged it', () => {
    const held = talk().send(1, next, second(5));
    expect(held.uris).toEqual([]);
    expect(held.send(1, next + second(5).length, 'hello', next).uris).toEqual(['/a', '/b']);
  });

  it('goes on at the end', () => {
    expect(talk().send(1, next, second(5)).end().uris).toEqual(['/a', '/b']);
  });

  it('goes on once what is missing comes', () => {
    expect(talk().send(1, next, second(5)).send(1, first.length, missing).uris).toEqual(['/a', '/b']);
  });

  it.each([
    ['bytes', 30_000, 4],
    ['segments', 100, 63],
  ])('holds back a bounded number of %s', (_, length, count) => {
    const held = talk().send(1, next, second(length * 100));
    let at = next + second(length * 100).length;
    for (let i = 0; i < count; i++, at += length) held.send(1, at, 'x'.repeat(length));
    expect(held.uris).toEqual([]);
    expect(held.send(1, at, 'x'.repeat(length)).uris).toEqual(['/a', '/b']);
  });
});

it('goes on behind bytes that the snap length cut, some of which it has from before', () => {
  const head = 'HTTP/1.0 200 OK\r\n\r\n';
  const talk = new Talk(80).send(0, 0, 'GET /a HTTP/1.0\r\n\r\n').send(1, 0, `${head}abcdef`);
  talk
    .send(1, head.length + 3, 'def', undefined, 4)
    .send(1, head.length + 10, 'k')
    .end();
  expect(talk.harness.rows('http')).toMatchObject([{ response_body_len: 11n }]);
});

it('ends a conversation that wants nothing more of either direction', () => {
  const { kernel, table } = new Harness();
  const flow = new KernelFlow(kernel, table, flowRef());
  const [{ asked }] = SEEDS.filter(({ name }) => name === 'tls') as [Seed];
  flow.take({ direction: 0, bytes: asked.subarray(0, 5 + asked.readUInt16BE(3)) });
  expect(flow.isFollowed).toBe(true);
  flow.take({ direction: 1, bytes: Buffer.from([21, 3, 3, 0, 2, 2, 40]) }); // a fatal alert
  expect(flow.isFollowed).toBe(false);
});

it('holds nothing of a direction of which enough was heard in what was held', () => {
  const talk = new Talk(80)
    .send(0, 0, 'GET /ws HTTP/1.1\r\n\r\n')
    .send(1, 0, 'HTTP/1.1 100 Continue\r\n\r\n');
  talk.send(1, 100, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'); // behind a hole
  for (let at = 200; at < 270; at++) talk.send(1, at * 10, 'x');
  const free = talk.harness.kernel.exports.heapEnd();
  expect(talk.end().uris).toEqual(['/ws']);
  talk.send(1, 5000, 'y');
  expect(talk.harness.kernel.exports.heapEnd()).toBe(free);
});

it('says nothing more of a direction of which enough is heard, or of either once it is over', () => {
  const talk = new Talk(80).send(0, 0, 'GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n');
  talk.send(1, 0, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
  talk.send(1, 200, 'HTTP/1.1 200 OK\r\n\r\n').send(0, 200, 'GET /not HTTP/1.1\r\n\r\n');
  expect(talk.end().uris).toEqual(['/ws']);
});
