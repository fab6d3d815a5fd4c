import type { Objects } from '../../storage/objects.ts';
import { timestampText } from '../engine/names.ts';
import { firstAtLeast, groupsWithin, openTable, readAllColumns, readColumns } from '../query/columns.ts';
import type { Column } from '../query/parquet/column.ts';
import { type Row, rowMaker } from '../query/rows.ts';
import type { Indexed } from '../store/manifest.ts';
import type { TableFile } from '../store/table-files.ts';
import { columnsOf, matchFlow } from './expression/evaluate.ts';
import type { Expression } from './expression/parse.ts';

/** A packet of a flow that was asked for: where its record begins in its capture, and how long it is. */
export interface PacketRow {
  member: number;
  offset: number;
  caplen: number;
  ts: bigint; // nanoseconds since the epoch
}

/** Names of addresses. */
export type Names = Map<string, Set<string>>;

/** The flows of a file whose packets are asked for; of some only the packets at certain times. */
export type Selection = Map<number, true | ((time: string) => boolean)>;

const ENDS = ['orig', 'resp'] as const;
const NAMES = ['namespace', 'pod_name', 'service', 'node_name', 'dns_names'];
const PACKET_COLUMNS = ['flow', 'ts', 'offset', 'member', 'caplen'];
const NAME_COLUMNS = ENDS.flatMap(end => [`id_${end}_h`, ...NAMES.map(name => `${end}_${name}`)]);

/** Finds the flows that an expression means, and gathers the names of their ends. */
export async function selectFlows(
  objects: Objects,
  indexed: Indexed,
  expression: Expression,
  names: Names,
): Promise<Selection> {
  const selection: Selection = new Map();
  const looked = ['flow', ...columnsOf(expression)];
  for (const file of filesOf(indexed, 'conn')) {
    const table = await openTable(objects, file);
    for await (const { columns, rows } of readAllColumns(table, [...looked, ...NAME_COLUMNS])) {
      const flowAt = rowMaker('conn', columns, looked);
      const endsAt = rowMaker('conn', columns, NAME_COLUMNS);
      for (let row = 0; row < rows; row++) {
        const flow = flowAt(row);
        const match = matchFlow(expression, flow);
        if (match === false || typeof flow.flow !== 'number') continue;
        selection.set(flow.flow, match);
        gatherNames(endsAt(row), names);
      }
    }
  }
  return selection;
}

/** Gathers the names of the ends of one flow, given by its number; reads only where its row can be. */
export async function namesOfFlow(
  objects: Objects,
  indexed: Indexed,
  flow: number,
  names: Names,
): Promise<void> {
  for (const file of filesOf(indexed, 'conn')) {
    const table = await openTable(objects, file);
    for (const group of groupsWithin(table, 'flow', [flow])) {
      const columns = await readColumns(table, group, ['flow', ...NAME_COLUMNS]);
      const flows = columns('flow');
      for (let row = 0; row < group.rows; row++) {
        if (flows(row) !== flow) continue;
        gatherNames(rowMaker('conn', columns, NAME_COLUMNS)(row), names);
        return;
      }
    }
  }
}

function gatherNames(row: Row, names: Names): void {
  for (const end of ENDS) {
    const host = row[`id_${end}_h`];
    if (typeof host !== 'string') continue;
    const known = names.get(host) ?? new Set();
    for (const name of namesOf(row, end)) known.add(name);
    names.set(host, known);
  }
}

/** As Kubernetes would spell them in DNS, the most telling first: Wireshark shows the first one. */
function namesOf(row: Row, end: 'orig' | 'resp'): string[] {
  const at = (column: string) => row[`${end}_${column}`];
  const names: string[] = [];
  if (at('pod_name')) names.push(`${at('pod_name')}.${at('namespace')}.pod`);
  else if (at('service')) names.push(`${at('service')}.${at('namespace')}.svc`);
  else if (at('node_name')) names.push(`${at('node_name')}.node`);
  const learned = at('dns_names');
  return Array.isArray(learned) ? [...names, ...learned.map(String)] : names;
}

/** The packets of the selected flows, in order of capture and offset. */
export async function selectPackets(
  objects: Objects,
  indexed: Indexed,
  selection: Selection,
): Promise<PacketRow[]> {
  const flows = [...selection.keys()].sort((a, b) => a - b);
  const packets: PacketRow[] = [];
  for (const file of filesOf(indexed, 'packets')) {
    const table = await openTable(objects, file);
    for (const group of groupsWithin(table, 'flow', flows)) {
      const columns = await readColumns(table, group, PACKET_COLUMNS);
      const flowAt = columns('flow');
      for (const row of rowsOfFlows(flowAt, group.rows, flows)) {
        const at = (column: string) => Number(columns(column)(row));
        const ts = BigInt(columns('ts')(row) as bigint);
        const match = selection.get(at('flow'))!;
        if (match !== true && !match(timestampText(ts))) continue;
        packets.push({ member: at('member'), offset: at('offset'), caplen: at('caplen'), ts });
      }
    }
  }
  return packets.sort((a, b) => a.member - b.member || a.offset - b.offset);
}

/**
 * The rows of some flows (rising), in a row group of `packets`, which is sorted by flow. They are looked for from the
 * beginning on, as a column is only decoded as far as it is asked for.
 */
function* rowsOfFlows(flowAt: Column, count: number, flows: readonly number[]): Generator<number> {
  const valueAt = (row: number) => Number(flowAt(row));
  let row = 0;
  for (let i = firstAtLeast(flows.length, at => flows[at]!, valueAt(0)); i < flows.length; i++) {
    let step = 1;
    while (row + step < count && valueAt(row + step) < flows[i]!) step *= 2;
    const begin = row;
    row += firstAtLeast(Math.min(step, count - row), at => valueAt(begin + at), flows[i]!);
    if (row === count) return;
    for (; row < count && valueAt(row) === flows[i]; row++) yield row;
  }
}

function filesOf(indexed: Indexed, table: TableFile['table']): TableFile[] {
  return indexed.files.filter(file => file.table === table);
}
