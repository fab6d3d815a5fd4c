import { indexTexts } from '../indexed-texts.ts';
import type { Batch, KeptTexts } from '../table.ts';

const IDENTITY = ['namespace', 'pod_name', 'workload_kind', 'workload_name', 'service', 'node_name'] as const;

type Identity = Record<(typeof IDENTITY)[number], string | undefined>;

/** The clients, or the servers, of a batch of `conn`: an address and what it was, each once. */
export class Ends {
  /** By row, the number of its end; -1 where it has no address. */
  readonly index: Int32Array;
  /** By number. */
  readonly hosts: readonly string[];
  readonly names: readonly (string | null)[];
  /** Whether any of them may be more than an address. */
  readonly named: boolean;
  /** By number, that of its text in all of the traffic; -1 while it has none. */
  readonly numbers: Int32Array;
  /** Of the texts, where they are bare addresses. */
  readonly kept: KeptTexts | undefined;

  constructor(batch: Batch, end: 'orig' | 'resp') {
    const { columns, rows } = batch;
    const hosts = indexTexts(columns[`id_${end}_h`], rows);
    this.named = IDENTITY.some(name => columns[`${end}_${name}`] !== undefined);
    if (!this.named) {
      this.index = hosts.index;
      this.hosts = hosts.texts;
      this.kept = hosts.kept;
      this.names = new Array(hosts.texts.length).fill(null);
      this.numbers = new Int32Array(this.hosts.length).fill(-1);
      return;
    }
    const identity = IDENTITY.map(name => indexTexts(columns[`${end}_${name}`], rows));
    const distinct = distinctRows([hosts, ...identity], rows);
    this.index = distinct.index;
    this.hosts = distinct.first.map(row => hosts.texts[hosts.index[row]!]!);
    this.names = distinct.first.map(row =>
      nameOf(
        Object.fromEntries(
          IDENTITY.map((name, i) => [name, identity[i]!.texts[identity[i]!.index[row]!]]),
        ) as Identity,
      ),
    );
    this.numbers = new Int32Array(this.hosts.length).fill(-1);
  }

  /** As an engineer would call it. */
  text(end: number): string {
    return this.names[end] ?? this.hosts[end]!;
  }
}

/** Numbers rows that agree in all columns; rows without a text in the first of them have none. */
function distinctRows(
  columns: readonly { texts: readonly string[]; index: Int32Array }[],
  rows: number,
): { index: Int32Array; first: number[] } {
  const index = new Int32Array(rows).fill(-1);
  const leading = columns[0]!;
  const latest = new Int32Array(leading.texts.length).fill(-1); // of those with the same first text
  const before: number[] = [];
  const first: number[] = [];
  for (let row = 0; row < rows; row++) {
    const text = leading.index[row]!;
    if (text < 0) continue;
    let number = latest[text]!;
    while (number >= 0 && columns.some(({ index }) => index[row] !== index[first[number]!]))
      number = before[number]!;
    if (number < 0) {
      number = first.push(row) - 1;
      before.push(latest[text]!);
      latest[text] = number;
    }
    index[row] = number;
  }
  return { index, first };
}

/** "deployment shop/cart", "service shop/cart", "pod shop/cart-0", "node n1"; null for a bare address. */
function nameOf(identity: Identity): string | null {
  const { namespace = '', service, workload_name, workload_kind, pod_name, node_name } = identity;
  if (service) return `service ${service.includes('/') ? service : `${namespace}/${service}`}`;
  if (workload_name) return `${(workload_kind ?? 'workload').toLowerCase()} ${namespace}/${workload_name}`;
  if (pod_name) return `pod ${namespace}/${pod_name}`;
  return node_name ? `node ${node_name}` : null;
}
