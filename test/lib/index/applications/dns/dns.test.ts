import fc from 'fast-check';
import { dnsTypeName } from '../../../../../lib/index/applications/dns/constants.ts';
import { Feed, flowRef, Harness, uidOf } from '../harness.ts';
import { SEEDS, type Seed } from '../seeds.ts';
import { answer, framed, name, query, u16be } from './wire.ts';

const A = { type: 1, data: Buffer.from([10, 1, 2, 3]) };

function udp(over = {}): { harness: Harness; feed: Feed } {
  const harness = new Harness(1_700_000_000_123_456_789n);
  return { harness, feed: new Feed(harness, flowRef({ proto: 'udp', respPort: 53, ...over })) };
}

describe('transactions', () => {
  test('a query and its answer are one row with the time between them', () => {
    const { harness, feed } = udp();
    const question = query(7, 'API.default.svc.cluster.local');
    feed
      .send(0, question, 1000)
      .send(1, answer(question, 0, [A]), 1000 + 2_500_000)
      .end();
    expect(feed.service).toBe('dns');
    expect(harness.rows('dns')).toEqual([
      {
        ts: 1_700_000_000_123_457_789n,
        uid: uidOf(1),
        flow: 1,
        id_orig_h: '10.0.0.1',
        id_orig_p: 40000,
        id_resp_h: '10.0.0.2',
        id_resp_p: 53,
        proto: 'udp',
        trans_id: 7,
        rtt: 0.0025,
        query: 'api.default.svc.cluster.local',
        qclass: 1,
        qtype: 1,
        qtype_name: 'A',
        rcode: 0,
        rcode_name: 'NOERROR',
        AA: 0,
        TC: 0,
        RD: 1,
        RA: 1,
        answers: ['10.1.2.3'],
        TTLs: [30],
        rejected: 0,
        truncated: 0,
      },
    ]);
  });

  test('A and AAAA asked under one id are told apart', () => {
    const { harness, feed } = udp();
    const four = query(9, 'x.test', 1);
    const six = query(9, 'x.test', 28);
    feed.send(0, four).send(0, six).send(1, answer(six, 0)).send(1, answer(four, 3)).end();
    expect(harness.rows('dns').map(row => [row.qtype_name, row.rcode_name])).toEqual([
      ['AAAA', 'NOERROR'],
      ['A', 'NXDOMAIN'],
    ]);
  });

  test('a retried query is the same transaction, answered once or twice', () => {
    for (const answers of [1, 2]) {
      const { harness, feed } = udp();
      const question = query(3, 'slow.test');
      feed.send(0, question, 0).send(0, question, 5e9);
      for (let i = 0; i < answers; i++) feed.send(1, answer(question, 0, [A]), 6e9 + i);
      feed.end();
      expect(harness.rows('dns')).toMatchObject([{ rtt: 6, rcode: 0 }]);
    }
  });

  test('a further answer to what was answered stands for itself', () => {
    const { harness, feed } = udp();
    const question = query(3, 'twice.test');
    feed.send(0, question, 0);
    for (const at of [1e9, 2e9]) feed.send(1, answer(question, 0, [A]), at);
    feed.end();
    expect(harness.rows('dns')).toMatchObject([{ rtt: 1 }, { rtt: null, rcode: 0 }]);
  });

  test('recursion is desired by the question, and available from the answer', () => {
    const { harness, feed } = udp();
    const question = query(3, 'x.test');
    const reply = answer(question, 0, [A]);
    reply.writeUInt16BE(0x8480, 2); // authoritative, and the question's wish is not repeated
    feed.send(0, question).send(1, reply).end();
    expect(harness.rows('dns')).toMatchObject([{ RD: 1, RA: 1, AA: 1, TC: 0 }]);
  });

  test.each(['224.0.0.251', '224.0.0.252', 'ff02::fb', 'ff02::1:3'])('%s is asked by many', respHost => {
    const origHost = respHost.includes(':') ? 'fe80::1' : '10.0.0.1';
    const { harness, feed } = udp({ origHost, respHost, respPort: 5355 });
    feed.send(0, query(7, 'host'), 0).send(0, query(7, 'host'), 1e6).end();
    expect(harness.rows('dns')).toHaveLength(2);
  });

  test.each(['224.0.0.250', 'ff02::fc', 'ff02::1:4', 'ff02::1:0:fb'])('%s is not', respHost => {
    const origHost = respHost.includes(':') ? 'fe80::1' : '10.0.0.1';
    const { harness, feed } = udp({ origHost, respHost, respPort: 5355 });
    feed.send(0, query(7, 'host'), 0).send(0, query(7, 'host'), 1e6).end();
    expect(harness.rows('dns')).toHaveLength(1);
  });

  test('what is never answered comes out at the end, what came without a question at once', () => {
    const { harness, feed } = udp();
    feed
      .send(1, answer(query(1, 'early.test'), 2))
      .send(0, query(2, 'lost.test'))
      .end();
    expect(harness.rows('dns').map(row => [row.query, row.rcode_name, row.rtt])).toEqual([
      ['early.test', 'SERVFAIL', null],
      ['lost.test', null, null],
    ]);
  });

  test('a question that waits for more than a minute is given up when the next one comes', () => {
    const { harness, feed } = udp();
    feed.send(0, query(1, 'old.test'), 0).send(0, query(2, 'new.test'), 61e9);
    expect(harness.rows('dns')).toMatchObject([{ query: 'old.test', rcode: null }]);
  });

  test('at most 4096 questions wait', () => {
    const { harness, feed } = udp();
    for (let i = 0; i < 5000; i++) feed.send(0, query(i, 'flood.test'), i);
    expect(harness.rows('dns')).toHaveLength(5000 - 4096);
  });

  test('an answer of the header alone is matched by its id', () => {
    const { harness, feed } = udp();
    feed
      .send(0, query(5, 'x.test'))
      .send(1, u16be(5, 0x8185, 0, 0, 0, 0))
      .end();
    expect(harness.rows('dns')).toMatchObject([{ query: 'x.test', rcode_name: 'REFUSED' }]);
  });

  test('rejected is an answer without any record', () => {
    const { harness, feed } = udp();
    const one = query(1, 'a.test');
    const two = query(2, 'b.test');
    const soa = { type: 6, data: Buffer.concat([name('ns.test'), name('root.test'), Buffer.alloc(20)]) };
    feed
      .send(0, one)
      .send(1, answer(one, 5))
      .send(0, two)
      .send(1, answer(two, 3, [], [soa]))
      .end();
    expect(harness.rows('dns').map(row => row.rejected)).toEqual([1, 0]);
  });

  test('every message of mDNS is a row', () => {
    const { harness, feed } = udp({ origPort: 5353, respPort: 5353, respHost: '224.0.0.251' });
    const question = query(0, '_http._tcp.local', 12);
    feed.send(0, question).send(0, question);
    const announce = Buffer.concat([
      u16be(0, 0x8400, 0, 1, 0, 0),
      name('me.local'),
      u16be(1, 0x8001, 0, 120, 4),
      A.data,
    ]);
    feed.send(0, announce).end();
    expect(harness.rows('dns').map(row => [row.query, row.qtype_name, row.answers])).toEqual([
      ['_http._tcp.local', 'PTR', null],
      ['_http._tcp.local', 'PTR', null],
      ['me.local', null, ['10.1.2.3']],
    ]);
  });
});

describe('what the snap length cut', () => {
  const question = query(4, 'a-name-that-is-rather-long.namespace.svc.cluster.local');

  test('the row says truncated and has no name, and the answer is matched all the same', () => {
    const { harness, feed } = udp();
    feed.send(0, question, 0, 30).send(1, answer(question, 3), 1e6, 30).end();
    expect(harness.rows('dns')).toMatchObject([
      { query: null, qtype: null, rcode_name: 'NXDOMAIN', rtt: 0.001, truncated: 1 },
    ]);
  });

  test('a cut that leaves the question whole is truncated only for the answers', () => {
    const { harness, feed } = udp();
    const reply = answer(question, 0, [A, A]);
    feed
      .send(0, question, 0)
      .send(1, reply, 1e6, reply.length - 3)
      .end();
    expect(harness.rows('dns')).toMatchObject([{ truncated: 1, answers: ['10.1.2.3'] }]);
  });

  test('over TCP the next message is found behind the missing bytes', () => {
    const harness = new Harness();
    const feed = new Feed(harness, flowRef({ respPort: 53 }));
    feed
      .send(0, framed(question), 0, 20)
      .send(0, framed(query(6, 'next.test')), 1)
      .end();
    expect(harness.rows('dns').map(row => [row.query, row.truncated])).toEqual([
      [null, 1],
      ['next.test', 0],
    ]);
  });
});

describe('over TCP', () => {
  const one = query(1, 'one.test');
  const two = query(2, 'two.test', 28);

  test('messages are found however the stream is cut into segments', () => {
    const stream = Buffer.concat([framed(one), framed(two)]);
    const back = Buffer.concat([framed(answer(two, 0)), framed(answer(one, 0, [A]))]);
    for (const size of [20, 33, 1000]) {
      const harness = new Harness();
      const feed = new Feed(harness, flowRef({ respPort: 53 }));
      for (let i = 0; i < stream.length; i += size) feed.send(0, stream.subarray(i, i + size));
      for (let i = 0; i < back.length; i += size) feed.send(1, back.subarray(i, i + size));
      feed.end();
      expect(harness.rows('dns').map(row => [row.query, row.rcode, row.proto])).toEqual([
        ['two.test', 0, 'tcp'],
        ['one.test', 0, 'tcp'],
      ]);
    }
  });

  test('the length may come in a segment of its own', () => {
    const harness = new Harness();
    const feed = new Feed(harness, flowRef({ respPort: 53 }));
    feed.send(0, framed(one).subarray(0, 2)).send(0, framed(one).subarray(2)).end();
    expect([feed.service, ...harness.rows('dns').map(row => row.query)]).toEqual(['dns', 'one.test']);
  });

  test('a gap inside a message costs that message only', () => {
    const harness = new Harness();
    const feed = new Feed(harness, flowRef({ respPort: 53 }));
    feed
      .send(0, framed(one).subarray(0, 20))
      .gap(0, framed(one).length - 20)
      .send(0, framed(two))
      .end();
    expect(harness.rows('dns').map(row => row.query)).toEqual([null, 'two.test']);
  });
});

describe('recognition', () => {
  test('a plain question on another port is DNS, noise is not', () => {
    const { feed } = udp({ respPort: 10053 });
    expect(feed.send(0, query(1, 'x.test')).service).toBe('dns');
    const other = udp({ respPort: 10053 }).feed;
    expect(other.send(0, Buffer.alloc(40, 1)).service).toBe('');
  });

  test('there, no bit is set but those of a question', () => {
    const harness = new Harness();
    const free = 0x0330; // truncated, recursion desired, authentic data, checking disabled
    for (let bit = 0; bit < 16; bit++) {
      const feed = new Feed(harness, flowRef({ proto: 'udp', origPort: 20000 + bit, respPort: 10053 }));
      const question = query(1, 'x.test');
      question.writeUInt16BE(0x0100 ^ (1 << bit), 2);
      const isFree = (free & (1 << bit)) !== 0;
      expect([bit, feed.send(0, question).service]).toEqual([bit, isFree ? 'dns' : '']);
    }
  });

  test('there, a question is one whose type has a name', () => {
    const harness = new Harness();
    const types = [...Array(400).keys(), 32767, 32768, 32769, 32770, 65535];
    for (const [i, type] of types.entries()) {
      const feed = new Feed(harness, flowRef({ proto: 'udp', origPort: 20000 + i, respPort: 10053 }));
      const isNamed = !dnsTypeName(type).startsWith('query-');
      expect([type, feed.send(0, query(1, 'x.test', type)).service]).toEqual([type, isNamed ? 'dns' : '']);
    }
  });
});

test('answers in any number are told in batches that have room for them', () => {
  const { harness, feed } = udp();
  const reply = answer(query(1, 'x.test'), 0, Array(256).fill(A));
  for (let at = 0; at < 300; at++) feed.send(1, reply);
  const rows = harness.rows('dns') as { answers: string[]; TTLs: number[] }[];
  expect(rows).toHaveLength(300);
  for (const row of rows) {
    expect(row.answers).toEqual(Array(256).fill('10.1.2.3'));
    expect(row.TTLs).toEqual(Array(256).fill(30));
  }
  expect(harness.batches.length).toBeGreaterThan(1);
});

test('long answers leave other tables as they are', () => {
  const { harness, feed } = udp({ respHost: '10.9.9.9' });
  const [{ asked }] = SEEDS.filter(({ name }) => name === 'tls') as [Seed];
  const handshake = new Feed(
    harness,
    flowRef({ origHost: '10.1.1.1', respHost: '10.2.2.2', respPort: 8443 }),
  );
  handshake.send(0, asked.subarray(0, 5 + asked.readUInt16BE(3))).end();
  const text = { type: 16, data: Buffer.concat([Buffer.from([250]), Buffer.alloc(250, 'x')]) };
  const reply = answer(query(1, 'x.test'), 0, Array(230).fill(text));
  for (let at = 0; at < 200; at++) feed.send(1, reply);
  expect(harness.rows('ssl')).toMatchObject([{ id_orig_h: '10.1.1.1', id_resp_h: '10.2.2.2' }]);
  const answers = harness.rows('dns').map(row => row.answers as string[]);
  expect(answers.map(list => list.length)).toEqual(Array(200).fill(230));
  expect(new Set(answers.flat())).toEqual(new Set([`TXT 250 ${'x'.repeat(250)}`]));
});

test('a name is safe to show, whatever its bytes', () => {
  const { harness, feed } = udp();
  feed
    .send(0, query(1, 'Caf\u00e9.Test'))
    .send(0, query(2, 'a\u0001b.test'))
    .send(0, query(3, 'x y.test'))
    .end();
  expect(harness.rows('dns').map(row => row.query)).toEqual(['caf\u00e9.test', 'a\\x01b.test', 'x y.test']);
});

test('a pointer leads backwards, or nowhere', () => {
  const { harness, feed } = udp();
  const question = query(1, 'www.example.com');
  const behind = question.length + 12 + 2 + 12; // the data of the second record
  const forwards = { type: 5, data: Buffer.from([0xc0, behind]) };
  const backwards = { type: 5, data: Buffer.from([1, 0x61, 0xc0, 16]) };
  feed.send(1, answer(question, 0, [forwards, backwards])).end();
  expect(harness.rows('dns')).toMatchObject([{ answers: ['a.example.com'] }]);
});

test('a name longer than a name can be is none', () => {
  const { harness, feed } = udp();
  const label = `${'x'.repeat(63)}.`;
  feed
    .send(0, query(1, label.repeat(5).slice(0, -1)))
    .send(0, query(2, label.repeat(3).slice(0, -1)))
    .end();
  expect(harness.rows('dns').map(row => [row.query?.toString().length, row.qtype, row.truncated])).toEqual([
    [undefined, null, 1],
    [191, 1, 0],
  ]);
});

test('a row has at most 256 answers', () => {
  const { harness, feed } = udp();
  feed.send(1, answer(query(1, 'x.test'), 0, Array(300).fill(A))).end();
  const [row] = harness.rows('dns') as { answers: string[]; TTLs: number[] }[];
  expect(row!.answers).toHaveLength(256);
  expect(row!.TTLs).toEqual(Array(256).fill(30));
});

test('questions that wait are told apart by id, type and name, however many there are', () => {
  const asked = fc.array(
    fc.tuple(fc.nat(3), fc.constantFrom('a.test', 'b.test', 'bb.test', 'bb.testing'), fc.constantFrom(1, 28)),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(asked, fc.array(fc.nat(59)), (questions, order) => {
      const { harness, feed } = udp();
      const messages = questions.map(([id, text, type]) => query(id, text, type));
      for (const message of messages) feed.send(0, message);
      for (const at of order) if (messages[at]) feed.send(1, answer(messages[at]!, 0));
      feed.end();
      // As many rows as there were different questions, and answers to none that waits.
      const keys = new Set(questions.map(String));
      const rows = harness.rows('dns');
      const sentOnce = rows.filter(row => row.rcode === null || row.rtt !== null);
      expect(new Set(sentOnce.map(row => `${row.trans_id},${row.query},${row.qtype}`))).toEqual(keys);
      harness.close();
    }),
  );
});

test('a mutated answer is read or refused, never thrown at', () => {
  const soa = { type: 6, data: Buffer.concat([name('ns.test'), name('root.test'), Buffer.alloc(20)]) };
  const txt = { type: 16, data: Buffer.from('\x05hello') };
  const base = answer(query(1, 'www.example.com', 255), 0, [
    A,
    soa,
    txt,
    { type: 5, data: Buffer.from([0xc0, 12]) },
  ]);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(base.length),
      (edits, cut) => {
        const bytes = Buffer.from(base);
        for (const [at, value] of edits) bytes[at] = value;
        const { harness, feed } = udp();
        feed.send(0, bytes.subarray(0, cut)).end();
        expect(harness.rows('dns').length).toBeLessThanOrEqual(1);
        harness.close();
      },
    ),
    { numRuns: 3000 },
  );
});
