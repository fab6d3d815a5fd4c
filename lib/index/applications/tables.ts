/** Reads batches of the tables that the kernel keeps for applications; names of codes are added here. */
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/tables.ts';
import type { Batch, Column, TableName } from '../table.ts';
import { type TextList, textListOf } from '../text-list.ts';
import { dnsRcodeName, dnsTypeName } from './dns/constants.ts';
import { cipherName } from './tls/ciphers.ts';
import { alertName, groupName, versionName } from './tls/constants.ts';

/** How a column is read: what it is to the kernel, and its number. */
type Reader = (kernel: Kernel, column: number, rows: number) => Column;

const byte: Reader = (kernel, column, rows) => ({ values: bytesAt(kernel, placeOf(column), rows) });
const integer: Reader = (kernel, column, rows) => ({ values: integersOf(kernel, column, rows) });
const integerOrNone: Reader = (kernel, column, rows) => ({
  values: integersOf(kernel, column, rows),
  nulls: nullsOf(kernel, column, rows),
});
const doubleOrNone: Reader = (kernel, column, rows) => ({
  values: kernel.doublesAt(placeOf(column), rows).slice(),
  nulls: nullsOf(kernel, column, rows),
});
const long: Reader = (kernel, column, rows) => ({ values: longsAt(kernel, column, rows) });
const longOrNone: Reader = (kernel, column, rows) => ({
  values: longsAt(kernel, column, rows),
  nulls: nullsOf(kernel, column, rows),
});
const uid: Reader = (kernel, column, rows) => ({
  bytes: bytesAt(kernel, placeOf(column), rows * at.UID_WIDTH),
  width: at.UID_WIDTH,
});
const text: Reader = (kernel, column, rows) => ({
  texts: textsAt(kernel, column, entriesOf(kernel, column, 1)),
  index: integersOf(kernel, column, rows),
});
const texts: Reader = (kernel, column, rows) => ({
  elements: textsAt(
    kernel,
    column,
    kernel.integersAt(at.ANSWERS_AT, elementCount(kernel, column) + 1).slice(),
  ),
  starts: entriesOf(kernel, column, 1),
  index: integersOf(kernel, column, rows),
});
const numbers: Reader = (kernel, column, rows) => ({
  elements: kernel.doublesAt(at.TTLS_AT, elementCount(kernel, column)).slice(),
  starts: entriesOf(kernel, column, 1),
  index: integersOf(kernel, column, rows),
});

/** Codes by their names. */
function named(nameOf: (code: number) => string): Reader {
  return (kernel, column, rows) => ({
    texts: textListOf(Array.from(entriesOf(kernel, column, 0), nameOf)),
    index: integersOf(kernel, column, rows),
  });
}

function oneOf(...names: string[]): Reader {
  return named(code => names[code]!);
}

const OF_FLOW: [name: string, column: number, reader: Reader][] = [
  ['ts', at.TS, long],
  ['uid', at.UID, uid],
  ['flow', at.FLOW, integer],
  ['id_orig_h', at.ORIG_HOST, text],
  ['id_orig_p', at.ORIG_PORT, integer],
  ['id_resp_h', at.RESP_HOST, text],
  ['id_resp_p', at.RESP_PORT, integer],
];

const TABLES: { name: TableName; columns: [name: string, column: number, reader: Reader][] }[] = [
  {
    name: 'dns',
    columns: [
      ['proto', at.DNS_PROTO, oneOf('udp', 'tcp')],
      ['trans_id', at.DNS_ID, integer],
      ['rtt', at.DNS_RTT, doubleOrNone],
      ['query', at.DNS_QUERY, text],
      ['qclass', at.DNS_QCLASS, integerOrNone],
      ['qtype', at.DNS_QTYPE, integerOrNone],
      ['qtype_name', at.DNS_QTYPE_NAME, named(dnsTypeName)],
      ['rcode', at.DNS_RCODE, integerOrNone],
      ['rcode_name', at.DNS_RCODE_NAME, named(dnsRcodeName)],
      ['AA', at.DNS_AA, byte],
      ['TC', at.DNS_TC, byte],
      ['RD', at.DNS_RD, byte],
      ['RA', at.DNS_RA, byte],
      ['answers', at.DNS_ANSWERS, texts],
      ['TTLs', at.DNS_TTLS, numbers],
      ['rejected', at.DNS_REJECTED, byte],
      ['truncated', at.DNS_TRUNCATED, byte],
    ],
  },
  {
    name: 'ssl',
    columns: [
      ['transport', at.SSL_TRANSPORT, oneOf('tcp', 'quic')],
      ['version', at.SSL_VERSION, named(versionName)],
      ['cipher', at.SSL_CIPHER, named(cipherName)],
      ['curve', at.SSL_CURVE, named(groupName)],
      ['server_name', at.SSL_SERVER_NAME, text],
      ['next_protocol', at.SSL_NEXT_PROTOCOL, text],
      ['ja4', at.SSL_JA4, text],
      ['resumed', at.SSL_RESUMED, byte],
      ['established', at.SSL_ESTABLISHED, byte],
      ['alert', at.SSL_ALERT, named(alertName)],
      ['truncated', at.SSL_TRUNCATED, byte],
    ],
  },
  {
    name: 'http',
    columns: [
      ['version', at.HTTP_VERSION, text],
      ['method', at.HTTP_METHOD, text],
      ['host', at.HTTP_HOST, text],
      ['uri', at.HTTP_URI, text],
      ['user_agent', at.HTTP_USER_AGENT, text],
      ['status_code', at.HTTP_STATUS, integerOrNone],
      ['status_msg', at.HTTP_MESSAGE, text],
      ['grpc_status', at.HTTP_GRPC_STATUS, integerOrNone],
      ['request_body_len', at.HTTP_REQUEST_BODY, longOrNone],
      ['response_body_len', at.HTTP_RESPONSE_BODY, longOrNone],
      ['latency', at.HTTP_LATENCY, doubleOrNone],
      ['truncated', at.HTTP_TRUNCATED, byte],
    ],
  },
];

/** So many rows of a table of tables.ts, as copies. */
export function readBatch(kernel: Kernel, table: number, rows: number): Batch {
  const { name, columns } = TABLES[table]!;
  const read: Batch['columns'] = {};
  for (const [own, column, reader] of OF_FLOW) {
    read[own] = reader(kernel, table * at.TABLE_COLUMNS + column, rows);
  }
  for (const [own, column, reader] of columns) read[own] = reader(kernel, column, rows);
  return { table: name, rows, columns: read };
}

function placeOf(column: number): number {
  return at.COLUMNS_AT + column * at.COLUMN_BYTES;
}

function bytesAt(kernel: Kernel, address: number, length: number): Uint8Array {
  return kernel.bytes.slice(address, address + length);
}

function nullsOf(kernel: Kernel, column: number, rows: number): Uint8Array {
  return bytesAt(kernel, placeOf(column) + at.NULLS_AT, rows);
}

function integersOf(kernel: Kernel, column: number, rows: number): Int32Array {
  return kernel.integersAt(placeOf(column), rows).slice();
}

function longsAt(kernel: Kernel, column: number, rows: number): BigInt64Array {
  return new BigInt64Array(kernel.buffer, placeOf(column), rows).slice();
}

function elementCount(kernel: Kernel, column: number): number {
  return kernel.integersAt(placeOf(column) + at.ELEMENT_COUNT_AT, 1)[0]!;
}

/** The entries of a column, and so many `more` that tell where the last one ends. */
function entriesOf(kernel: Kernel, column: number, more: 0 | 1): Int32Array {
  const count = kernel.integersAt(placeOf(column) + at.ENTRY_COUNT_AT, 1)[0]!;
  return kernel.integersAt(placeOf(column) + at.ENTRIES_AT, count + more).slice();
}

function textsAt(kernel: Kernel, column: number, offsets: Int32Array): TextList {
  const from = at.TEXTS_AT + column * at.COLUMN_TEXTS;
  return { bytes: bytesAt(kernel, from, offsets.at(-1)!), offsets };
}
