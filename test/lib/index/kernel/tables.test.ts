import fc from 'fast-check';
import { CALLER_AT } from '../../../../lib/index/kernel/layout.ts';
import * as at from '../../../../lib/index/kernel/tables.ts';
import { flowRef, Harness, type Row, uidOf } from '../applications/harness.ts';
import { type FlowOptions, KernelFlow } from './kernel-flow.ts';

/** Rows of `http` that are written as those of HTTP/2 are. */
class Writer {
  readonly harness: Harness;
  readonly #flow: number;

  constructor(options: Partial<FlowOptions> = {}, epoch = 1000n) {
    this.harness = new Harness(epoch);
    this.#flow = new KernelFlow(this.harness.kernel, this.harness.table, flowRef(options)).row;
  }

  /** Sets texts of the columns URI and host, and numbers; the others of the row are what they are. */
  add({
    time = 0,
    uri = '' as string | null,
    host = '' as string | null,
    status = 0 as number | null,
    length = 0,
  }) {
    const { exports } = this.harness.kernel;
    const row = exports.beginRow(at.HTTP, this.#flow, time);
    this.#set(at.HTTP_URI, row, uri);
    this.#set(at.HTTP_HOST, row, host);
    for (const column of [at.HTTP_VERSION, at.HTTP_METHOD, at.HTTP_USER_AGENT, at.HTTP_MESSAGE]) {
      exports.setNone(column, row);
    }
    if (status === null) exports.setNoInteger(at.HTTP_STATUS, row);
    else exports.setInteger(at.HTTP_STATUS, row, status);
    exports.setLong(at.HTTP_REQUEST_BODY, row, length);
    if (status === null) exports.setNoNumber(at.HTTP_LATENCY, row);
    else exports.setDouble(at.HTTP_LATENCY, row, status / 4);
    exports.endRow(at.HTTP);
  }

  #set(column: number, row: number, text: string | null): void {
    const { exports, bytes, buffer } = this.harness.kernel;
    if (text === null) {
      exports.setNone(column, row);
      return;
    }
    const written = Buffer.from(buffer, CALLER_AT).write(text);
    exports.setText(column, row, CALLER_AT, written);
    bytes.fill(0xdd, CALLER_AT, CALLER_AT + written);
  }

  rows(): Row[] {
    return this.harness.rows('http');
  }
}

test('a row has what its flow has', () => {
  const writer = new Writer({ flow: 5, origPort: 40000, respPort: 443 });
  writer.add({ time: 7, uri: '/x' });
  expect(writer.rows()).toMatchObject([
    {
      ts: 1007n,
      uid: uidOf(5),
      flow: 5,
      id_orig_h: '10.0.0.1',
      id_orig_p: 40000,
      id_resp_h: '10.0.0.2',
      id_resp_p: 443,
      uri: '/x',
    },
  ]);
});

test('uids are those of the flows', () => {
  for (const flow of [0, 61, 62, 62 ** 3 + 1, 2 ** 31 - 1]) {
    const writer = new Writer({ flow });
    writer.add({});
    expect(writer.rows()).toMatchObject([{ uid: uidOf(flow), flow }]);
    writer.harness.close();
  }
});

test.each([
  ['0.0.0.0', '255.255.255.255'],
  ['10.0.0.100', '224.9.10.251'],
  ['::', '::1'],
  ['2001:db8::1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8::1:0:0:1', 'fe80::'],
  ['::fffe:0:1', '1:2:3:4:5:6:7:8'],
])('the hosts %s and %s', (origHost, respHost) => {
  const writer = new Writer({ origHost, respHost });
  writer.add({});
  expect(writer.rows()).toMatchObject([{ id_orig_h: origHost, id_resp_h: respHost }]);
});

test('an IPv4 address in IPv6 is written as the former', () => {
  const writer = new Writer({ origHost: '::ffff:a00:1', respHost: '::1:ffff:a00:1' });
  writer.add({});
  expect(writer.rows()).toMatchObject([{ id_orig_h: '::ffff:10.0.0.1', id_resp_h: '::1:ffff:a00:1' }]);
});

test('texts are those that were set, batch after batch, however alike they look', () => {
  // Of few letters, so that many have length and several characters in common; some beyond ASCII.
  const text = fc.option(fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 12 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 100 }), texts => {
      const writer = new Writer();
      for (const [uri, host] of texts) writer.add({ uri, host });
      expect(writer.rows().map(({ uri, host }) => [uri, host])).toEqual(texts);
      writer.harness.close();
    }),
  );
});

test('numbers are exact up to 2^53, and some rows have none', () => {
  const writer = new Writer();
  const values = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
  for (const length of values) writer.add({ length });
  expect(writer.rows().map(row => row.request_body_len)).toEqual(values.map(BigInt));
});

test('a number takes the place of none in the batch before, and the other way round', () => {
  const writer = new Writer();
  const statuses = [null, 7, null, null, 9, 10, null];
  for (const status of [...statuses, ...statuses]) writer.add({ status });
  const read = writer.rows().map(row => [row.status_code, row.latency]);
  for (const status of statuses.toReversed()) writer.add({ status });
  const wanted = (list: (number | null)[]) =>
    list.map(status => [status, status === null ? null : status / 4]);
  expect(read).toEqual(wanted([...statuses, ...statuses]));
  expect(
    writer
      .rows()
      .slice(14)
      .map(row => [row.status_code, row.latency]),
  ).toEqual(wanted(statuses.toReversed()));
});

test('times are exact, before and after the epoch of the capture, and beyond 2^53', () => {
  const time = fc.oneof(
    fc.maxSafeInteger(),
    fc.double({ min: -1e18, max: 1e18, noNaN: true }),
    fc.constantFrom(0, -1, 0.4, 2 ** 32, -(2 ** 32), 2 ** 53 + 2, 1e25, -1e25),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), time, (epoch, nanoseconds) => {
      const writer = new Writer({}, epoch);
      writer.add({ time: nanoseconds });
      const expected = BigInt.asIntN(64, epoch + BigInt(Math.round(nanoseconds)));
      expect(writer.rows()).toMatchObject([{ ts: expected }]);
      writer.harness.close();
    }),
  );
});

test('a full batch is handed on at once, the rest when asked for, all in order', () => {
  const writer = new Writer();
  const uris = Array.from({ length: 2 * at.BATCH_ROWS + 3 }, (_, i) => `/${i % 700}`);
  for (const uri of uris) writer.add({ uri });
  expect(writer.harness.batches).toEqual([at.BATCH_ROWS, at.BATCH_ROWS]);
  expect(writer.rows().map(row => row.uri)).toEqual(uris);
  expect(writer.harness.batches).toEqual([at.BATCH_ROWS, at.BATCH_ROWS, 3]);
});

test('long texts are handed on before there is no room for more', () => {
  const writer = new Writer();
  const uris = Array.from({ length: 40 }, (_, i) => `${i}${'x'.repeat(30_000)}`);
  for (const uri of uris) writer.add({ uri, host: '/' });
  const rows = writer.rows();
  expect(rows.findIndex((row, i) => row.uri !== uris[i] || row.host !== '/')).toBe(-1);
  expect(writer.harness.batches.length).toBeGreaterThan(3);
});

test('what is longer than any text should be is cut, and leaves the others as they are', () => {
  const writer = new Writer();
  const uris = Array.from({ length: 9 }, (_, i) => `${i}${'x'.repeat(120_000)}`);
  for (const uri of uris) writer.add({ uri, host: uri });
  const rows = writer.rows();
  expect(rows.map(row => String(row.uri).length)).toEqual(uris.map(() => 32_768));
  expect(rows.findIndex((row, i) => row.host !== uris[i]!.slice(0, 32_768) || row.host !== row.uri)).toBe(-1);
});

test('without a row nothing is handed on', () => {
  const writer = new Writer();
  expect(writer.rows()).toEqual([]);
  expect(writer.harness.batches).toEqual([]);
});
