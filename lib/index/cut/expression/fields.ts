import { BlockList, isIP } from 'node:net';
import type { Row, Value } from '../../query/rows.ts';

/**
 * One condition on a flow, or on a packet of it. `flow` gives true or false for all packets of a flow, undefined where
 * each packet has its own answer, which then `packet` gives for its time (RFC 3339 with nanoseconds).
 */
export interface Condition {
  columns: string[]; // of `conn`, that it looks at
  flow(row: Row): boolean | undefined;
  packet?(time: string): boolean;
}

type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~';
/** Makes a condition, or says in a sentence why there is none. */
type Maker = (operator: Operator, value: string, name: string) => Condition | string;

const ENDS = ['orig', 'resp'] as const;
type End = (typeof ENDS)[number];

const TCP_FLAGS: Record<string, number> = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ece: 64,
  cwr: 128,
};

/** Conditions by field. "src" and "dst" are the originator and the responder of the flow. */
const MAKERS: Record<string, Maker> = {
  addr: address(ENDS),
  src: address(['orig']),
  dst: address(['resp']),
  port: port(ENDS),
  sport: port(['orig']),
  dport: port(['resp']),
  pod: name('pod_name'),
  namespace: name('namespace'),
  workload: name('workload_name'),
  node: name('node_name'),
  name: anyName,
  proto: text('proto'),
  service: anyService,
  state: text('conn_state'),
  uid: text('uid'),
  flow: number(['flow']),
  vlan: number(['vlan', 'inner_vlan']),
  packets: sum(['orig_pkts', 'resp_pkts']),
  bytes: sum(['orig_l2_bytes', 'resp_l2_bytes']),
  retx: sum(['orig_retx', 'resp_retx']),
  rtt: sum(['syn_rtt_client', 'syn_rtt_server']),
  duration: number(['duration']),
  flags: tcpFlags,
  time: packetTime,
};

export const FIELDS = Object.keys(MAKERS);

export function atom(field: string, operator: string, value: string): Condition | string {
  const maker = Object.hasOwn(MAKERS, field) ? MAKERS[field] : undefined;
  if (!maker) return `there is no field "${field}" (${FIELDS.join(', ')})`;
  return maker(operator as Operator, value, field);
}

function equality(operator: Operator, field: string, make: () => Condition | string): Condition | string {
  if (operator === '=') return make();
  if (operator !== '!=') return `${field} can only be compared with = and !=`;
  const condition = make();
  if (typeof condition === 'string') return condition;
  return { ...condition, flow: row => !condition.flow(row) };
}

/** An address or a CIDR block. */
function address(ends: readonly End[]): Maker {
  return (operator, value, field) =>
    equality(operator, field, () => {
      const [base = '', bits] = value.split('/');
      const version = isIP(base);
      const width = bits === undefined ? (version === 4 ? 32 : 128) : Number(bits);
      if (version === 0 || !/^\d*$/.test(bits ?? '') || bits === '' || width > (version === 4 ? 32 : 128)) {
        return `"${value}" is no address and no CIDR block`;
      }
      const block = new BlockList();
      block.addSubnet(base, width, version === 4 ? 'ipv4' : 'ipv6');
      const columns = ends.map(end => `id_${end}_h`);
      if (ends.includes('resp')) columns.push('translated_h');
      return { columns, flow: row => columns.some(column => inBlock(block, version, row[column])) };
    });
}

function inBlock(block: BlockList, version: number, value: Value | undefined): boolean {
  if (typeof value !== 'string' || isIP(value) !== version) return false;
  return block.check(value, version === 4 ? 'ipv4' : 'ipv6');
}

/** A port, or a range such as 8000-8999. */
function port(ends: readonly End[]): Maker {
  return (operator, value, field) => {
    const columns = ends.map(end => `id_${end}_p`);
    if (ends.includes('resp')) columns.push('translated_p');
    const range = /^(\d+)-(\d+)$/.exec(value);
    if (!range) return compare(columns, operator, value, field);
    const [low, high] = [Number(range[1]), Number(range[2])];
    return equality(operator, field, () => ({
      columns,
      flow: row => columns.some(column => within(row[column], low, high)),
    }));
  };
}

function within(value: Value | undefined, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high;
}

function number(columns: string[]): Maker {
  return (operator, value, field) => compare(columns, operator, value, field);
}

/** True where any of the columns compares; "!=" where none is equal. */
function compare(columns: string[], operator: Operator, value: string, field: string): Condition | string {
  const wanted = Number(value);
  if (value.trim() === '' || Number.isNaN(wanted)) return `${field} takes a number, not "${value}"`;
  if (operator === '~') return `${field} cannot be compared with ~`;
  if (operator === '!=') {
    return { columns, flow: row => columns.every(column => row[column] !== wanted) };
  }
  return { columns, flow: row => columns.some(column => holds(row[column], operator, wanted)) };
}

function sum(columns: string[]): Maker {
  return (operator, value, field) => {
    const total = compare(['total'], operator, value, field);
    if (typeof total === 'string') return total;
    return {
      columns,
      flow: row => {
        const known = columns.map(column => row[column]).filter(part => typeof part === 'number');
        return total.flow({ total: known.length === 0 ? null : known.reduce((all, part) => all + part, 0) });
      },
    };
  };
}

function holds(value: Value | undefined, operator: Operator, wanted: number): boolean {
  if (typeof value !== 'number') return false;
  switch (operator) {
    case '<':
      return value < wanted;
    case '<=':
      return value <= wanted;
    case '>':
      return value > wanted;
    case '>=':
      return value >= wanted;
    default:
      return value === wanted;
  }
}

/** A text with "*" for anything, whatever the case; a text without "*" must be equal. */
function glob(pattern: string): (value: Value | undefined) => boolean {
  const parts = pattern.toLowerCase().split('*');
  return value => typeof value === 'string' && matchesParts(value.toLowerCase(), parts);
}

/** Without a regular expression: its time is bounded by the length of the text. */
function matchesParts(value: string, parts: string[]): boolean {
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (parts.length === 1) return value === first;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}

function texts(columns: string[], operator: Operator, value: string, field: string): Condition | string {
  const matches = glob(operator === '~' ? `*${value}*` : value);
  return equality(operator === '~' ? '=' : operator, field, () => ({
    columns,
    flow: row => columns.some(column => listOf(row[column]).some(matches)),
  }));
}

function listOf(value: Value | undefined): (Value | undefined)[] {
  return Array.isArray(value) ? value : [value];
}

function text(column: string): Maker {
  return (operator, value, field) => texts([column], operator, value, field);
}

function name(column: string): Maker {
  return (operator, value, field) =>
    texts(
      ENDS.map(end => `${end}_${column}`),
      operator,
      value,
      field,
    );
}

/** Any name of either end: pod, workload, service, node, or a name that DNS gave its address. */
function anyName(operator: Operator, value: string, field: string): Condition | string {
  const kinds = ['pod_name', 'workload_name', 'service', 'node_name', 'dns_names'];
  const columns = ENDS.flatMap(end => kinds.map(kind => `${end}_${kind}`));
  return texts(columns, operator, value, field);
}

/** The protocol as recognised (http, tls), or the Kubernetes service of either end. */
function anyService(operator: Operator, value: string, field: string): Condition | string {
  return texts(['service', 'orig_service', 'resp_service'], operator, value, field);
}

/** TCP flags that either side of the flow sent, e.g. `flags rst` or `flags syn,fin`. */
function tcpFlags(operator: Operator, value: string, field: string): Condition | string {
  const names = value.toLowerCase().split(',');
  const unknown = names.find(flag => !(flag in TCP_FLAGS));
  if (unknown !== undefined) return `"${unknown}" is no TCP flag (${Object.keys(TCP_FLAGS).join(', ')})`;
  const wanted = names.reduce((bits, flag) => bits | TCP_FLAGS[flag]!, 0);
  const columns = ['orig_tcp_flags', 'resp_tcp_flags'];
  return equality(operator, field, () => ({
    columns,
    flow: row => {
      const seen = columns.reduce((bits, column) => bits | Number(row[column] ?? 0), 0);
      return (seen & wanted) === wanted;
    },
  }));
}

/** RFC 3339 in UTC; the only condition on the single packet. */
function packetTime(operator: Operator, value: string, field: string): Condition | string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(value);
  if (!match || Number.isNaN(Date.parse(value))) {
    return `${field} takes a time in UTC such as 2026-11-22T10:00:30Z, not "${value}"`;
  }
  if (operator === '~' || operator === '!=') return `${field} cannot be compared with ${operator}`;
  const wanted = `${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(9, '0')}Z`;
  const order = (time: string) => (time < wanted ? -1 : time > wanted ? 1 : 0);
  return {
    columns: [],
    flow: () => undefined,
    packet: time => holds(order(time), operator, 0),
  };
}
