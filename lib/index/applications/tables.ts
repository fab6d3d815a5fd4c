/** Reads batches of the tables that the kernel keeps for applications; names of codes are added here. */
import type { TableRows } from '../kernel/table-rows.ts';
import * as at from '../kernel/tables.ts';
import type { Batch, Column } from '../table.ts';
import { textListOf } from '../text-list.ts';
import { dnsRcodeName, dnsTypeName } from './dns/constants.ts';
import { cipherName } from './tls/ciphers.ts';
import { alertName, groupName, versionName } from './tls/constants.ts';

/** How a column is read. */
type Reader = (rows: TableRows, column: number) => Column;

const byte: Reader = (rows, column) => ({ values: rows.bytes(column, 1) });
const integer: Reader = (rows, column) => ({ values: rows.integers(column) });
const integerOrNone: Reader = (rows, column) => ({
  values: rows.integers(column),
  nulls: rows.nulls(column),
});
const doubleOrNone: Reader = (rows, column) => ({ values: rows.doubles(column), nulls: rows.nulls(column) });
const long: Reader = (rows, column) => ({ values: rows.longs(column) });
const longOrNone: Reader = (rows, column) => ({ values: rows.longs(column), nulls: rows.nulls(column) });
const uid: Reader = (rows, column) => ({ bytes: rows.bytes(column, at.UID_WIDTH), width: at.UID_WIDTH });
const text: Reader = (rows, column) => ({ texts: rows.texts(column), index: rows.integers(column) });
const texts: Reader = (rows, column) => ({
  elements: rows.answers(column),
  starts: rows.entries(column, 1),
  index: rows.integers(column),
});
const numbers: Reader = (rows, column) => ({
  elements: rows.ttls(column),
  starts: rows.entries(column, 1),
  index: rows.integers(column),
});

/** Codes by their names. */
function named(nameOf: (code: number) => string): Reader {
  return (rows, column) => ({
    texts: textListOf(Array.from(rows.entries(column, 0), nameOf)),
    index: rows.integers(column),
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

const OF_TABLE: Record<TableRows['name'], [name: string, column: number, reader: Reader][]> = {
  dns: [
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
  ssl: [
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
  http: [
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
};

/** The columns of a batch; valid as long as its memory stays as it is. */
export function readBatch(rows: TableRows): Batch {
  const read: Batch['columns'] = {};
  for (const [own, column, reader] of OF_FLOW) read[own] = reader(rows, column);
  for (const [own, column, reader] of OF_TABLE[rows.name]) read[own] = reader(rows, column);
  return { table: rows.name, rows: rows.count, columns: read };
}
