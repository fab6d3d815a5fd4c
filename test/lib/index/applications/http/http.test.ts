import { pick } from '../captures.ts';
import { Feed, flowRef, Harness } from '../harness.ts';

function open(): { harness: Harness; feed: Feed } {
  const harness = new Harness();
  return { harness, feed: new Feed(harness, flowRef({ respPort: 8080 })) };
}

const get = (uri: string, extra = '') => `GET ${uri} HTTP/1.1\r\nHost: shop.test\r\n${extra}\r\n`;
const ok = (body: string, extra = '') =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${extra}\r\n${body}`;

function summary(harness: Harness): unknown[][] {
  return pick(harness.rows('http'), 'method', 'uri', 'status_code', 'response_body_len', 'truncated');
}

describe('requests and responses', () => {
  test('are paired in order, whatever the segments', () => {
    const asked = get('/a') + get('/b', 'User-Agent: x\r\n') + get('/c');
    const answered = `${ok('one')}HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwhat\r\n0\r\n\r\n${ok('')}`;
    for (const size of [1, 7, 64, 10_000]) {
      const { harness, feed } = open();
      // At least a method is in the first segment, to recognise the protocol by.
      feed.send(0, asked.slice(0, 6));
      for (let i = 6; i < asked.length; i += size) feed.send(0, asked.slice(i, i + size));
      for (let i = 0; i < answered.length; i += size) feed.send(1, answered.slice(i, i + size));
      feed.end();
      expect(summary(harness)).toEqual([
        ['GET', '/a', 200, 3n, 0],
        ['GET', '/b', 404, 4n, 0],
        ['GET', '/c', 200, 0n, 0],
      ]);
    }
  });

  test('an interim response is not the answer, the time to the answer is the latency', () => {
    const { harness, feed } = open();
    feed.send(0, 'PUT /f HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n', 0);
    feed.send(1, 'HTTP/1.1 100 Continue\r\n\r\n', 1e6).send(0, 'abc', 2e6);
    feed.send(1, 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n', 30e6).end();
    expect(harness.rows('http')).toMatchObject([
      { status_code: 201, status_msg: 'Created', latency: 0.03, request_body_len: 3n },
    ]);
  });

  test('a body without a length ends with the connection', () => {
    const { harness, feed } = open();
    feed.send(0, get('/stream')).send(1, 'HTTP/1.0 200 OK\r\n\r\nsome').send(1, 'more').end();
    expect(summary(harness)).toEqual([['GET', '/stream', 200, 8n, 0]]);
  });

  test('HEAD, 204 and 304 have no body, whatever they announce', () => {
    const { harness, feed } = open();
    feed.send(0, `HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n${get('/b')}${get('/c')}`);
    feed.send(
      1,
      'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    );
    feed.send(1, ok('x')).end();
    expect(harness.rows('http').map(row => row.status_code)).toEqual([200, 304, 200]);
  });

  test('a body of many gigabytes is passed over without being read', () => {
    const { harness, feed } = open();
    feed
      .send(0, get('/iso'))
      .send(1, `HTTP/1.1 200 OK\r\nContent-Length: ${10 * 2 ** 30}\r\n\r\n`)
      .end();
    expect(summary(harness)).toEqual([['GET', '/iso', 200, BigInt(10 * 2 ** 30), 0]]);
  });

  test('what has no answer is a row without one, an answer without its request too', () => {
    const { harness, feed } = open();
    feed.send(1, ok('late')).send(0, get('/lost')).end();
    expect(summary(harness)).toEqual([
      [null, null, 200, 4n, 0],
      ['GET', '/lost', null, null, 0],
    ]);
  });

  test('the version is that of the answer, as a proxy may speak another', () => {
    const { harness, feed } = open();
    feed.send(0, get('/old')).send(1, 'HTTP/1.0 204 No Content\r\n\r\n').send(0, get('/lost')).end();
    expect(pick(harness.rows('http'), 'uri', 'version')).toEqual([
      ['/old', '1.0'],
      ['/lost', '1.1'],
    ]);
  });

  test('a request of HTTP/0.9 ends with its line', () => {
    const { harness, feed } = open();
    feed.send(0, 'GET /bad.html\r\n').end();
    expect(pick(harness.rows('http'), 'method', 'uri', 'version')).toEqual([['GET', '/bad.html', null]]);
  });
});

test('a row has what was sent before its answer, whatever is sent behind it', () => {
  const { harness, feed } = open();
  feed.send(0, 'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  feed.send(1, ok('no')).send(0, '4\r\nlate\r\n0\r\n\r\n').send(0, get('/b')).end();
  expect(pick(harness.rows('http'), 'uri', 'request_body_len')).toEqual([
    ['/a', 3n],
    ['/b', 0n],
  ]);
});

test('what cannot be the size of a chunk is given up at once, the next message is read', () => {
  const { harness, feed } = open();
  feed.send(0, get('/a') + get('/b'));
  feed.send(1, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{"no":"size"}');
  feed.send(1, ok('next')).end();
  expect(summary(harness)).toEqual([
    ['GET', '/a', 200, 0n, 0],
    ['GET', '/b', 200, 4n, 0],
  ]);
});

test.each([' -5', ' -6', ' +5', '-', 'x', '0x'])('the size %j is none', size => {
  const { harness, feed } = open();
  feed.send(0, get('/a') + get('/b'));
  feed.send(1, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\nhello\r\n`);
  feed.send(1, ok('next')).end();
  expect(pick(harness.rows('http'), 'uri', 'status_code', 'response_body_len')).toEqual([
    ['/a', 200, 0n],
    ['/b', 200, 4n],
  ]);
});

test.each(['5', ' 5', '05', '5 ;ext=1', '5\t', '5!', '0x5'])('the size %j is five', size => {
  const { harness, feed } = open();
  feed
    .send(0, get('/a'))
    .send(1, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\nhello\r\n0\r\n\r\n`);
  feed.end();
  expect(summary(harness)).toEqual([['GET', '/a', 200, 5n, 0]]);
});

test('lines may end without a carriage return', () => {
  const { harness, feed } = open();
  feed.send(0, 'GET /a HTTP/1.1\nHost: x\n\n').send(1, 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc').end();
  expect(harness.rows('http')).toMatchObject([
    { uri: '/a', host: 'x', status_code: 200, response_body_len: 3n, truncated: 0 },
  ]);
});

test('a length of more digits than are exact is none: the body ends with the connection', () => {
  for (const [digits, length] of [
    ['123456789012345', 123456789012345n],
    ['1234567890123456', 4n],
  ]) {
    const { harness, feed } = open();
    feed.send(0, get('/a')).send(1, `HTTP/1.1 200 OK\r\nContent-Length: ${digits}\r\n\r\nbody`).end();
    expect(harness.rows('http')).toMatchObject([{ response_body_len: length }]);
    harness.close();
  }
});

test('heads that come byte by byte are read one after the other', () => {
  const { harness, feed } = open();
  const more = [1, 2, 3, 4, 5].map(at => get(`/${at}`, `X: ${'x'.repeat(40)}\r\n`)).join('');
  feed.send(0, get('/0')); // by which the protocol is recognised
  for (const byte of more) feed.send(0, byte);
  feed.end();
  expect(harness.rows('http').map(row => row.uri)).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
});

test('of more requests than can wait the first are written without their response', () => {
  const { harness, feed } = open();
  for (let at = 0; at < 70; at++) feed.send(0, get(`/${at}`));
  expect(harness.rows('http').map(row => row.uri)).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
  feed.send(1, ok('x')).end();
  expect(harness.rows('http')[6]).toMatchObject({ uri: '/6', status_code: 200 });
});

test('what is sent too late counts for no other connection', () => {
  const harness = new Harness();
  const [one, other] = [1, 2].map(at => new Feed(harness, flowRef({ origPort: at, respPort: 80 }))) as [
    Feed,
    Feed,
  ];
  one.send(0, 'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n').send(1, ok('no'));
  other.send(0, get('/b'));
  one.send(0, '4\r\nlate\r\n0\r\n\r\n').end();
  other.send(1, ok('yes')).end();
  expect(pick(harness.rows('http'), 'uri', 'request_body_len')).toEqual([
    ['/a', 3n],
    ['/b', 0n],
  ]);
});

test('a head that never ends is given up, the next one is read', () => {
  const { harness, feed } = open();
  feed.send(0, 'GET /slow HTTP/1.1\r\n');
  for (let i = 0; i < 400; i++) feed.send(0, 'X');
  feed.send(0, get('/next')).send(1, ok('y')).end();
  expect(summary(harness)).toEqual([['GET', '/next', 200, 1n, 0]]);
});

describe('what is missing', () => {
  test('a head that the snap length cut is read as far as it goes', () => {
    const { harness, feed } = open();
    feed.send(0, get('/a-long-path/that/is/cut'), 0, 40).send(1, ok('x'.repeat(500)), 1e6, 15);
    feed.send(0, get('/next'), 2e6).send(1, ok('y'), 3e6).end();
    expect(pick(harness.rows('http'), 'method', 'uri', 'host', 'status_code', 'truncated')).toEqual([
      ['GET', '/a-long-path/that/is/cut', null, 200, 1],
      ['GET', '/next', 'shop.test', 200, 0],
    ]);
  });

  test('a cut body costs nothing', () => {
    const { harness, feed } = open();
    const answer = ok('x'.repeat(500));
    feed.send(0, get('/a')).send(1, answer, 1e6, answer.length - 400);
    feed.send(0, get('/b')).send(1, ok('y')).end();
    expect(summary(harness)).toEqual([
      ['GET', '/a', 200, 500n, 0],
      ['GET', '/b', 200, 1n, 0],
    ]);
  });

  test('a cut over the end of a body loses what follows it, and no more', () => {
    const { harness, feed } = open();
    feed.send(0, get('/a')).send(0, get('/b'));
    const both = ok('hello') + ok('lost');
    feed.send(1, both, 1e6, ok('').length + 2);
    feed.send(0, get('/c')).send(1, ok('y')).end();
    expect(summary(harness)).toEqual([
      ['GET', '/a', 200, 5n, 0],
      ['GET', '/b', null, null, 0],
      ['GET', '/c', 200, 1n, 0],
    ]);
  });

  test('what is no message is the last that is read, cut or not', () => {
    for (const snap of [Number.POSITIVE_INFINITY, 30]) {
      const { harness, feed } = open();
      feed
        .send(1, `HTTP/1.1 abc bad\r\n\r\n${'x'.repeat(100)}`, 0, snap)
        .send(1, ok('y'))
        .end();
      expect(summary(harness)).toEqual([]);
      harness.close();
    }
  });

  test('a response whose head was cut is written before the next one comes', () => {
    const { harness, feed } = open();
    feed.send(0, get('/a')).send(1, `HTTP/1.1 200 OK\r\nServer: ${'x'.repeat(100)}\r\n\r\n`, 1e6, 40);
    expect(summary(harness)).toEqual([['GET', '/a', 200, 0n, 1]]);
    feed.end();
  });

  test('after a response was lost the next is not taken for it', () => {
    const { harness, feed } = open();
    feed.send(0, get('/a')).gap(1, 700).send(1, 'the end of it');
    feed.send(0, get('/b')).send(1, ok('y')).end();
    expect(summary(harness)).toEqual([
      ['GET', '/a', null, null, 0],
      ['GET', '/b', 200, 1n, 0],
    ]);
  });
});

describe('other protocols on the connection', () => {
  test('a WebSocket is named, and not read', () => {
    const { harness, feed } = open();
    feed.send(0, get('/ws', 'Upgrade: websocket\r\nConnection: upgrade\r\n'));
    feed
      .send(1, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi')
      .send(0, '\x81\x02yo')
      .end();
    expect(summary(harness)).toEqual([['GET', '/ws', 101, 0n, 0]]);
    expect(feed.service).toBe('websocket');
  });

  test('the TLS inside a CONNECT is read', () => {
    const { harness, feed } = open();
    feed.send(0, 'CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n');
    feed.send(1, 'HTTP/1.1 200 Connection established\r\n\r\n');
    feed.send(0, clientHello('api.test')).end();
    expect(summary(harness)).toEqual([['CONNECT', 'api.test:443', 200, 0n, 0]]);
    expect(harness.rows('ssl')).toMatchObject([{ server_name: 'api.test' }]);
  });

  test.each(['OPTIONS sip:x SIP/2.0\r\n', 'GETTING started', 'HTTP/2.0 200', 'GET\r\n'])(
    '%j is not HTTP',
    text => {
      const { feed } = open();
      expect(feed.send(0, text).service).toBe('');
    },
  );
});

/** A ClientHello record with one cipher and a server name. */
function clientHello(name: string): Buffer {
  const bytes = Buffer.from(name);
  const entry = Buffer.concat([Buffer.from([0, 0, bytes.length]), bytes]);
  const list = Buffer.concat([Buffer.from([0, entry.length]), entry]);
  const extension = Buffer.concat([Buffer.from([0, 0, 0, list.length]), list]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0, 2, 0x13, 1, 1, 0, 0, extension.length]),
    extension,
  ]);
  const message = Buffer.concat([Buffer.from([1, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([22, 3, 1, 0, message.length]), message]);
}
