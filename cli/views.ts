import type { Condition } from '../lib/index/query/earliest.ts';
import type { Row, Value } from '../lib/index/query/rows.ts';
import type { TableName } from '../lib/index/table.ts';
import { IDENTITY } from './identity.ts';
import type { Cell } from './text-table.ts';

/** How rows of a table are shown to people. */
export interface View {
  columns: string[]; // that are read
  heads: string[];
  cells(row: Row): (string | Cell)[];
  order?(a: Row, b: Row): number; // of a small table; by time without it
  failed?: Condition & { what: string }; // rows that --failed leaves
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'];
const FAILED_STATES = new Set(['REJ', 'S0', 'RSTO', 'RSTR', 'RSTOS0', 'RSTRH', 'SH', 'SHR']);

const ENDS = ['id_orig_h', 'id_orig_p', 'id_resp_h', 'id_resp_p'];
export const VIEWS: Partial<Record<TableName, View>> = {
  conn: {
    columns: [
      'ts',
      ...ENDS,
      ...IDENTITY,
      'proto',
      'service',
      'duration',
      'conn_state',
      'orig_pkts',
      'resp_pkts',
      'orig_l2_bytes',
      'resp_l2_bytes',
      'orig_retx',
      'resp_retx',
      'flow',
    ],
    heads: ['TIME', 'FROM', 'TO', 'PROTO', 'STATE', 'PACKETS', 'BYTES', 'SECONDS', 'RETX', 'FLOW'],
    cells: row => [
      clock(row.ts),
      party(row, 'orig'),
      party(row, 'resp'),
      text(row.service) || text(row.proto),
      FAILED_STATES.has(text(row.conn_state))
        ? { text: text(row.conn_state), colour: 'red' }
        : text(row.conn_state),
      String(number(row.orig_pkts) + number(row.resp_pkts)),
      String(number(row.orig_l2_bytes) + number(row.resp_l2_bytes)),
      row.duration === null ? '' : number(row.duration).toFixed(3),
      retransmissions(number(row.orig_retx) + number(row.resp_retx)),
      text(row.flow),
    ],
    failed: {
      what: 'connections that were refused, unanswered or reset',
      columns: ['proto', 'conn_state'],
      test: row => row.proto === 'tcp' && FAILED_STATES.has(text(row.conn_state)),
    },
  },
  dns: {
    columns: ['ts', 'uid', ...ENDS, 'query', 'qtype_name', 'rcode', 'rcode_name', 'rtt', 'answers'],
    heads: ['TIME', 'FROM', 'TO', 'QUERY', 'TYPE', 'RESULT', 'MS', 'ANSWERS'],
    cells: row => [
      clock(row.ts),
      party(row, 'orig'),
      party(row, 'resp'),
      text(row.query),
      text(row.qtype_name),
      dnsResult(row),
      milliseconds(row.rtt),
      list(row.answers),
    ],
    failed: { what: 'what was refused or not answered', columns: ['rcode'], test: row => row.rcode !== 0 },
  },
  ssl: {
    columns: [
      'ts',
      'uid',
      ...ENDS,
      'transport',
      'version',
      'server_name',
      'next_protocol',
      'established',
      'alert',
      'truncated',
    ],
    heads: ['TIME', 'FROM', 'TO', 'SERVER NAME', 'VERSION', 'ALPN', 'RESULT'],
    cells: row => [
      clock(row.ts),
      party(row, 'orig'),
      party(row, 'resp'),
      row.server_name === null && row.truncated === true
        ? { text: '(cut off)', colour: 'grey' }
        : text(row.server_name),
      row.transport === 'quic' ? `QUIC ${text(row.version)}` : text(row.version),
      text(row.next_protocol),
      row.alert !== null
        ? { text: text(row.alert), colour: 'red' }
        : row.established === true
          ? 'established'
          : '',
    ],
  },
  http: {
    columns: ['ts', 'uid', ...ENDS, 'method', 'host', 'uri', 'status_code', 'grpc_status', 'latency'],
    heads: ['TIME', 'FROM', 'TO', 'METHOD', 'HOST', 'URI', 'STATUS', 'MS'],
    cells: row => [
      clock(row.ts),
      party(row, 'orig'),
      party(row, 'resp'),
      text(row.method),
      text(row.host),
      text(row.uri),
      httpStatus(row),
      milliseconds(row.latency),
    ],
  },
  findings: {
    columns: ['severity', 'rule', 'title', 'count', 'first_ts', 'last_ts'],
    heads: ['SEVERITY', 'RULE', 'COUNT', 'FINDING'],
    cells: row => [severity(text(row.severity)), text(row.rule), text(row.count), text(row.title)],
    order: (a, b) =>
      SEVERITIES.indexOf(text(a.severity)) - SEVERITIES.indexOf(text(b.severity)) ||
      number(b.count) - number(a.count),
  },
};

/** The best name of one end: pod or service in its namespace, node, name from DNS, else the address; and its port. */
function party(row: Row, end: 'orig' | 'resp'): string {
  const namespace = text(row[`${end}_namespace`]);
  const service = text(row[`${end}_service`]);
  const pod = text(row[`${end}_pod_name`]);
  const node = text(row[`${end}_node_name`]);
  const names = row[`${end}_dns_names`];
  const port = text(row[`id_${end}_p`]);
  const withPort = (name: string) => (port === '' ? name : `${name}:${port}`);
  if (service && pod) return withPort(`${namespace}/${service} (${pod})`);
  if (service || pod) return withPort(`${namespace}/${service || pod}`);
  if (node) return withPort(node);
  if (Array.isArray(names) && names[0] !== undefined) return withPort(String(names[0]));
  return address(row, end);
}

function address(row: Row, end: 'orig' | 'resp'): string {
  const host = text(row[`id_${end}_h`]);
  const port = text(row[`id_${end}_p`]);
  if (port === '') return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function clock(time: Value | undefined): string {
  return text(time).slice(11, 23); // HH:MM:SS.mmm
}

function dnsResult(row: Row): Cell {
  if (row.rcode === null) return { text: 'no answer', colour: 'red' };
  return row.rcode === 0 ? { text: text(row.rcode_name) } : { text: text(row.rcode_name), colour: 'yellow' };
}

function httpStatus(row: Row): Cell {
  if (row.status_code === null) return { text: 'no answer', colour: 'red' };
  const grpc = row.grpc_status === null ? '' : ` grpc ${text(row.grpc_status)}`;
  const code = number(row.status_code);
  const cell = { text: `${code}${grpc}` };
  if (code >= 500 || number(row.grpc_status) > 0) return { ...cell, colour: 'red' };
  return code >= 400 ? { ...cell, colour: 'yellow' } : cell;
}

function severity(name: string): Cell {
  if (name === 'critical' || name === 'high') return { text: name, colour: 'red' };
  return name === 'medium' ? { text: name, colour: 'yellow' } : { text: name };
}

function retransmissions(count: number): string | Cell {
  return count === 0 ? '' : { text: String(count), colour: 'yellow' };
}

function milliseconds(seconds: Value | undefined): string {
  return seconds === null || seconds === undefined ? '' : (number(seconds) * 1000).toFixed(1);
}

function list(value: Value | undefined): string {
  return Array.isArray(value) ? value.join(', ') : '';
}

function text(value: Value | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function number(value: Value | undefined): number {
  return typeof value === 'number' ? value : Number(value ?? 0);
}
