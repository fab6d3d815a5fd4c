import { type Batch, type Column, TABLES, type TableName } from '../../../../lib/index/table.ts';
import { textListOf } from '../../../../lib/index/text-list.ts';

type Cell = string | number | bigint | boolean | string[] | number[] | null;
export type Cells = Record<string, Cell>;

/** A batch of rows; columns that no row has are left out, as the engine leaves them out. */
export function batchOf(table: TableName, rows: Cells[]): Batch {
  const columns: Record<string, Column> = {};
  for (const [name, type] of Object.entries(TABLES[table])) {
    const cells = rows.map(row => row[name] ?? null);
    if (cells.every(cell => cell === null)) continue;
    const nulls = Uint8Array.from(cells, cell => (cell === null ? 1 : 0));
    if (type === 'string' && name.startsWith('id_')) columns[name] = texts(cells as (string | null)[]);
    else if (type === 'string' || type.startsWith('list'))
      columns[name] = { values: cells as (string | null)[] };
    else if (type === 'int32') columns[name] = { values: Int32Array.from(cells, Number), nulls };
    else if (type === 'double') columns[name] = { values: Float64Array.from(cells, Number), nulls };
    else if (type === 'boolean') columns[name] = { values: Uint8Array.from(cells, Number), nulls };
    else
      columns[name] = { values: BigInt64Array.from(cells, cell => BigInt(cell as bigint | number)), nulls };
  }
  return { table, rows: rows.length, columns };
}

function texts(cells: (string | null)[]): Column {
  const values = [...new Set(cells.filter(cell => cell !== null))];
  return {
    texts: textListOf(values),
    index: Int32Array.from(cells, cell => (cell === null ? -1 : values.indexOf(cell))),
  };
}

const START = 1_700_000_000_000_000_000n;
let next = 0;

const ends = { id_orig_h: '10.0.0.1', id_orig_p: 40000, id_resp_h: '10.0.0.2', id_resp_p: 80 };

/** One row with what a healthy flow has; its time is `at` seconds after the start. */
function row(over: Cells, at: number): Cells {
  return { ts: START + BigInt(Math.round(at * 1e9)), uid: `C${++next}`, ...ends, ...over };
}

export const conn = (over: Cells = {}, at = 0): Cells =>
  row(
    {
      proto: 'tcp',
      conn_state: 'SF',
      orig_pkts: 6n,
      resp_pkts: 5n,
      orig_bytes: 100n,
      resp_bytes: 1000n,
      orig_ip_bytes: 340n,
      resp_ip_bytes: 1200n,
      orig_tcp_flags: 0x1b,
      resp_tcp_flags: 0x1b,
      ...over,
    },
    at,
  );

export const dns = (over: Cells = {}, at = 0): Cells =>
  row(
    {
      id_resp_p: 53,
      proto: 'udp',
      query: 'api.test',
      qtype: 1,
      rcode: 0,
      rcode_name: 'NOERROR',
      rtt: 0.001,
      ...over,
    },
    at,
  );

export const ssl = (over: Cells = {}, at = 0): Cells =>
  row({ server_name: 'api.test', version: 'TLSv13', established: true, ...over }, at);

export const http = (over: Cells = {}, at = 0): Cells =>
  row({ method: 'GET', host: 'api.test', uri: '/', status_code: 200, ...over }, at);

export const capture = (over: Cells = {}): Cells => ({
  packets: 1000n,
  first_ts: START,
  last_ts: START + 60_000_000_000n,
  ...over,
});

export function times<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}
