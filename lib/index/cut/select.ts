import type { Objects } from '../../storage/objects.ts';
import { timestampText } from '../engine/names.ts';
import { groupsWithin, openTable, readColumns } from '../query/columns.ts';
import { type Row, readRows } from '../query/rows.ts';
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

/** The flows of a file whose packets are asked for; of some only the packets at certain times. */
export type Selection = Map<number, true | ((time: string) => boolean)>;

const ENDS = ['orig', 'resp'] as const;
const NAMES = ['namespace', 'pod_name', 'service', 'node_name', 'dns_names'];
const NAME_COLUMNS = ENDS.flatMap(end => [`id_${end}_h`, ...NAMES.map(name => `${end}_${name}`)]);

/** Finds the flows that an expression means, and gathers the names of their ends. */
export async function selectFlows(
  objects: Objects,
  indexed: Indexed,
  expression: Expression,
  names: Map<string, Set<string>>,
): Promise<Selection> {
  const selection: Selection = new Map();
  const columns = [...new Set(['flow', ...columnsOf(expression), ...NAME_COLUMNS])];
  for (const file of filesOf(indexed, 'conn')) {
    for await (const row of readRows(objects, file, columns)) select(row, expression, selection, names);
  }
  return selection;
}

/** One flow, given by its number; reads only where its row can be. */
export async function selectFlow(
  objects: Objects,
  indexed: Indexed,
  flow: number,
  names: Map<string, Set<string>>,
): Promise<Selection> {
  for (const file of filesOf(indexed, 'conn')) {
    const table = await openTable(objects, file);
    for (const group of groupsWithin(table, 'flow', [flow])) {
      const { flow: flows } = await readColumns(table, group, ['flow']);
      const row = Array.from(flows!).indexOf(flow);
      if (row < 0) continue;
      const columns = await readColumns(table, group, NAME_COLUMNS);
      gatherNames(Object.fromEntries(NAME_COLUMNS.map(name => [name, columns[name]?.[row] ?? null])), names);
      return new Map([[flow, true]]);
    }
  }
  return new Map();
}

function select(
  row: Row,
  expression: Expression,
  selection: Selection,
  names: Map<string, Set<string>>,
): void {
  const match = matchFlow(expression, row);
  if (match === false || typeof row.flow !== 'number') return;
  selection.set(row.flow, match);
  gatherNames(row, names);
}

function gatherNames(row: Row, names: Map<string, Set<string>>): void {
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
      const columns = await readColumns(table, group, ['flow', 'ts', 'offset', 'member', 'caplen']);
      for (let row = 0; row < group.end - group.start; row++) {
        const match = selection.get(Number(columns.flow![row]));
        if (match === undefined) continue;
        const ts = BigInt(columns.ts![row]);
        if (match !== true && !match(timestampText(ts))) continue;
        packets.push({
          member: Number(columns.member![row]),
          offset: Number(columns.offset![row]),
          caplen: Number(columns.caplen![row]),
          ts,
        });
      }
    }
  }
  return packets.sort((a, b) => a.member - b.member || a.offset - b.offset);
}

function filesOf(indexed: Indexed, table: TableFile['table']): TableFile[] {
  return indexed.files.filter(file => file.table === table);
}
