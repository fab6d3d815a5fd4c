import { indexTexts } from '../indexed-texts.ts';
import type { Batch, KeptTexts } from '../table.ts';
import { distinctRows } from './distinct-rows.ts';

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
  /** By number, the first and the last of its rows; not told while none of them is named. */
  readonly first: Int32Array;
  readonly last: Int32Array;
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
      this.first = new Int32Array(0);
      this.last = new Int32Array(0);
      return;
    }
    const identity = IDENTITY.map(name => indexTexts(columns[`${end}_${name}`], rows));
    const distinct = distinctRows(
      hosts.index,
      hosts.texts.length,
      identity.map(({ index }) => index),
    );
    this.index = distinct.index;
    this.first = distinct.first;
    this.last = distinct.last;
    this.hosts = Array.from(distinct.first, row => hosts.texts[hosts.index[row]!]!);
    this.names = Array.from(distinct.first, row =>
      nameOf(
        Object.fromEntries(
          IDENTITY.map((name, i) => [name, identity[i]!.texts[identity[i]!.index[row]!]]),
        ) as Identity,
      ),
    );
  }

  /** As an engineer would call it. */
  text(end: number): string {
    return this.names[end] ?? this.hosts[end]!;
  }
}

/** "deployment shop/cart", "service shop/cart", "pod shop/cart-0", "node n1"; null for a bare address. */
function nameOf(identity: Identity): string | null {
  const { namespace = '', service, workload_name, workload_kind, pod_name, node_name } = identity;
  if (service) return `service ${service.includes('/') ? service : `${namespace}/${service}`}`;
  if (workload_name) return `${(workload_kind ?? 'workload').toLowerCase()} ${namespace}/${workload_name}`;
  if (pod_name) return `pod ${namespace}/${pod_name}`;
  return node_name ? `node ${node_name}` : null;
}
