import fc from 'fast-check';
import { parseClientHello } from '../../../../../lib/index/applications/tls/client-hello.ts';
import { isGrease, versionName } from '../../../../../lib/index/applications/tls/constants.ts';
import { ja4 } from '../../../../../lib/index/applications/tls/ja4.ts';
import { KernelFlow } from '../../kernel/kernel-flow.ts';
import { flowRef, Harness, type Row } from '../harness.ts';
import { hello, type Parts, u16 } from './hello.ts';

const parts: fc.Arbitrary<Parts> = fc.record({
  random: fc.nat(255),
  session: fc.array(fc.nat(255), { maxLength: 32 }),
  // Few values, so that kinds come again.
  ciphers: fc.array(fc.constantFrom(0x0a0a, 0x1301, 0x1302, 0xc02f), { maxLength: 4 }),
  name: fc.constantFrom('', 'a.test', 'B.Test'),
  alpn: fc.array(fc.constantFrom('h2', 'http/1.1'), { maxLength: 2 }),
  versions: fc.array(fc.constantFrom(0x1a1a, 0x0304, 0x0303), { maxLength: 3 }),
  others: fc.array(fc.constantFrom(0x2a2a, 10, 13, 23, 35, 41, 42, 51), { maxLength: 5 }),
});

/** The rows that hellos make, each in a session of its own; `answer` is the body of a ServerHello. */
function rowsOf(hellos: Uint8Array[], { isQuic = false, answer = Buffer.alloc(0) } = {}): Row[] {
  const harness = new Harness();
  const { exports, input } = harness.kernel;
  const flow = new KernelFlow(harness.kernel, harness.table, flowRef());
  for (const bytes of hellos) {
    const session = exports.openSession(flow.row, isQuic);
    const hello = input.subarray(3, 3 + bytes.length);
    hello.set(bytes);
    exports.takeClientHello(session, 0, hello.byteOffset, hello.byteOffset + hello.length);
    hello.set(answer.subarray(0, hello.length));
    exports.takeServerHello(session, 0, hello.byteOffset, hello.byteOffset + answer.length);
    exports.writeSession(session);
    exports.closeSession(session);
  }
  const rows = harness.rows('ssl');
  harness.close();
  return rows;
}

/** What a row is to say of a hello; undefined where that is none. */
function expected(bytes: Uint8Array, isQuic: boolean) {
  const hello = parseClientHello(bytes, 0, bytes.length);
  if (hello === undefined) return undefined;
  const versions = hello.versions.filter(version => !isGrease(version));
  const version = versions.length > 0 ? Math.max(...versions) : hello.cut ? null : hello.version;
  return {
    transport: isQuic ? 'quic' : 'tcp',
    version: version === null ? null : versionName(version),
    next_protocol: hello.protocols[0] ?? null,
    server_name: hello.serverName,
    ja4: hello.cut ? null : ja4(hello, isQuic ? 'q' : 't'),
    truncated: hello.cut ? 1 : 0,
  };
}

test('what is remembered of a kind is what its hello says, for any hello, whole, cut or damaged', () => {
  const damage = fc.option(fc.tuple(fc.nat(200), fc.nat(255)));
  const cut = fc.option(fc.nat(200));
  fc.assert(
    fc.property(fc.array(fc.tuple(parts, damage, cut), { maxLength: 4 }), fc.boolean(), (made, isQuic) => {
      const hellos = made.map(([of, damaged, length]) => {
        const whole = hello(of);
        if (damaged !== null) whole[damaged[0] % whole.length] = damaged[1];
        return whole.subarray(0, length === null ? whole.length : length % whole.length);
      });
      const wanted = hellos.map(bytes => expected(bytes, isQuic)).filter(row => row !== undefined);
      expect(rowsOf(hellos, { isQuic })).toMatchObject(wanted);
    }),
    { numRuns: 1500 },
  );
});

const ONE = {
  random: 1,
  session: [7, 7],
  ciphers: [0x1301],
  name: 'a.test',
  alpn: ['h2'],
  versions: [],
  others: [10],
};

/** The body of a ServerHello of TLS 1.2 for a session. */
const answer = (session: number[]) =>
  Buffer.from([...u16(0x0303), ...Array(32).fill(5), session.length, ...session, 0xc0, 0x2f, 0]);

test.each([
  ['that the client asked for', [7, 7], 1],
  ['of another number', [7, 8], 0],
  ['of another length', [7], 0],
  ['of none', [], 0],
])('a session %s', (_, session, resumed) => {
  expect(rowsOf([hello(ONE)], { answer: answer(session) })).toMatchObject([{ resumed, version: 'TLSv12' }]);
});

test('a client that asks for no session resumes none', () => {
  expect(rowsOf([hello({ ...ONE, session: [] })], { answer: answer([]) })).toMatchObject([{ resumed: 0 }]);
});

test('a name or protocol that is no ASCII is Latin-1', () => {
  const name = Buffer.from('\u00c4.test', 'latin1').toString('latin1');
  const bytes = hello({ ...ONE, name: 'x.test', alpn: ['h\u007f'] });
  bytes[bytes.indexOf('x.test')] = 0xc4;
  bytes[bytes.indexOf('h\u007f') + 1] = 0xe9;
  expect(rowsOf([bytes, bytes])).toMatchObject(
    Array(2).fill({ server_name: name.toLowerCase(), next_protocol: 'h\u00e9' }),
  );
});

test('the same hello over TCP and QUIC, or with other signature algorithms, is of another kind', () => {
  const [one, other] = [1, 2].map(random => hello({ ...ONE, random, others: [13] })) as [Buffer, Buffer];
  const seen = [false, true].flatMap(isQuic =>
    rowsOf([one, other, one, other], { isQuic }).map(row => row.ja4),
  );
  expect(seen).toEqual(
    [false, true].flatMap(isQuic => [one, other, one, other].map(of => expected(of, isQuic)!.ja4)),
  );
  expect(new Set(seen).size).toBe(4);
});

test('a hello with more in it than is remembered is read all the same', () => {
  const long = hello({ ...ONE, ciphers: Array.from({ length: 3000 }, (_, i) => i + 0x2000) });
  const few = hello(ONE);
  expect(rowsOf([few, long, few, long, few])).toMatchObject(
    [few, long, few, long, few].map(bytes => expected(bytes, false)!),
  );
});

test('of several hellos of one client the first counts, unless it was cut', () => {
  const harness = new Harness(0n);
  const { exports, input } = harness.kernel;
  const flow = new KernelFlow(harness.kernel, harness.table, flowRef());
  const [whole, other] = [hello(ONE), hello({ ...ONE, name: 'b.test' })];
  const cut = whole.subarray(0, whole.length - 9);
  for (const hellos of [
    [whole, other],
    [cut, other],
    [cut, cut],
  ]) {
    const session = exports.openSession(flow.row, false);
    for (const [at, bytes] of hellos.entries()) {
      input.set(bytes);
      exports.takeClientHello(session, at + 1, input.byteOffset, input.byteOffset + bytes.length);
    }
    exports.writeSession(session);
    exports.closeSession(session);
  }
  const seen = harness.rows('ssl').map(({ ts, server_name, truncated }) => [ts, server_name, truncated]);
  expect(seen).toEqual([
    [1n, 'a.test', 0],
    [1n, 'b.test', 0],
    [1n, expected(cut, false)!.server_name, 1],
  ]);
});

test('more hellos than kinds are kept for are told apart', () => {
  const hellos = Array.from({ length: 700 }, (_, i) =>
    hello({ ...ONE, ciphers: [0x1301, i], name: `${i}.test` }),
  );
  const rows = rowsOf([...hellos, ...hellos]);
  expect(rows).toMatchObject([...hellos, ...hellos].map(bytes => expected(bytes, false)!));
});
