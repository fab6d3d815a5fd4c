/** Reads batches of the tables that the kernel keeps for applications; names of codes are added here. */
import { isAscii } from 'node:buffer';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/tables.ts';
import { type Packed, type PackedBatch, type PackedTexts, packTexts } from '../packed-columns.ts';
import type { TableName } from '../table.ts';
import { dnsRcodeName, dnsTypeName } from './dns/constants.ts';
import { cipherName } from './tls/ciphers.ts';
import { alertName, groupName, versionName } from './tls/constants.ts';

/** How a column is read: what it is to the kernel, and its number. */
type Reader = (kernel: Kernel, column: number, rows: number) => Packed;

const ENTRY_INTEGERS = 2;

const byte: Reader = (kernel, column, rows) => ({ values: bytesAt(kernel, placeOf(column), rows) });
const integer: Reader = (kernel, column, rows) => ({
  values: kernel.integersAt(placeOf(column), rows).slice(),
});
const integerOrNone: Reader = (kernel, column, rows) => ({
  values: kernel.integersAt(placeOf(column), rows).slice(),
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
  dictionary: textsAt(kernel, column, entriesOf(kernel, column, 1)),
  index: kernel.integersAt(placeOf(column), rows).slice(),
});
const texts: Reader = (kernel, column, rows) => ({
  textLists: textsAt(kernel, column, kernel.integersAt(at.ANSWERS_AT, entryCount(kernel, column)).slice()),
  sizes: kernel.integersAt(placeOf(column), rows).slice(),
});
const numbers: Reader = (kernel, column, rows) => ({
  numberLists: kernel.doublesAt(at.TTLS_AT, entryCount(kernel, column)).slice(),
  sizes: kernel.integersAt(placeOf(column), rows).slice(),
});

/** Codes by their names. */
function named(nameOf: (code: number) => string): Reader {
  return (kernel, column, rows) => ({
    dictionary: packTexts(Array.from(entriesOf(kernel, column, 0), nameOf)),
    index: kernel.integersAt(placeOf(column), rows).slice(),
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
export function readBatch(kernel: Kernel, table: number, rows: number): PackedBatch {
  const { name, columns } = TABLES[table]!;
  const packed: PackedBatch['columns'] = {};
  for (const [own, column, read] of OF_FLOW) {
    packed[own] = read(kernel, table * at.TABLE_COLUMNS + column, rows);
  }
  for (const [own, column, read] of columns) packed[own] = read(kernel, column, rows);
  return { table: name, rows, columns: packed };
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

function longsAt(kernel: Kernel, column: number, rows: number): BigInt64Array {
  return new BigInt64Array(kernel.buffer, placeOf(column), rows).slice();
}

function entryCount(kernel: Kernel, column: number): number {
  return kernel.integersAt(placeOf(column) + at.ENTRY_COUNT_AT, 1)[0]!;
}

/** One field of each entry: 0 is a code, or where a text lies, 1 how long it is. */
function entriesOf(kernel: Kernel, column: number, field: 0 | 1): Int32Array {
  const count = entryCount(kernel, column);
  const entries = kernel.integersAt(placeOf(column) + at.ENTRIES_AT, count * ENTRY_INTEGERS);
  return new Int32Array(count).map((_, number) => entries[number * ENTRY_INTEGERS + field]!);
}

/** The texts of a column, which lie one after the other and have so many bytes each. */
function textsAt(kernel: Kernel, column: number, lengths: Int32Array): PackedTexts {
  const from = at.TEXTS_AT + column * at.COLUMN_TEXTS;
  const used = kernel.integersAt(placeOf(column) + at.TEXTS_USED_AT, 1)[0]!;
  const bytes = Buffer.from(kernel.buffer, from, used);
  if (isAscii(bytes)) return { joined: bytes.toString('latin1'), lengths };
  let next = 0;
  return packTexts(
    Array.from(lengths, length => {
      next += length;
      return bytes.toString('utf8', next - length, next);
    }),
  );
}
