import { textColumnOf } from '../column-forms.ts';
import type { Batch, TextColumn } from '../table.ts';
import { type TextList, textListOf, textOf } from '../text-list.ts';
import { distinctRows } from './distinct-rows.ts';

const IDENTITY = ['namespace', 'pod_name', 'workload_kind', 'workload_name', 'service', 'node_name'] as const;

type Identity = Record<(typeof IDENTITY)[number], string | undefined>;

/** The clients, or the servers, of a batch of `conn`: an address and what it was, each once. */
export class Ends {
  /** By row, the number of its end; -1 where it has no address. */
  readonly index: Int32Array;
  /** By number, what an engineer would call it. */
  readonly texts: TextList;
  /** By number, the first and the last of its rows; not told while none of them is more than an address. */
  readonly first: Int32Array = new Int32Array(0);
  readonly last: Int32Array = new Int32Array(0);
  readonly #hosts: TextColumn;
  readonly #names: readonly (string | null)[] = [];

  constructor({ columns, rows }: Batch, end: 'orig' | 'resp') {
    this.#hosts = textColumnOf(columns[`id_${end}_h`], rows);
    this.index = this.#hosts.index;
    this.texts = this.#hosts.texts;
    if (IDENTITY.every(name => columns[`${end}_${name}`] === undefined)) return;
    const identity = IDENTITY.map(name => textColumnOf(columns[`${end}_${name}`], rows));
    const hostCount = this.texts.offsets.length - 1;
    const indexes = identity.map(({ index }) => index);
    const { index, first, last } = distinctRows(this.#hosts.index, hostCount, indexes);
    this.index = index;
    this.first = first;
    this.last = last;
    this.#names = Array.from(first, row => nameOf(identityAt(identity, row)));
    this.texts = textListOf(this.#names.map((name, number) => name ?? this.host(number)));
  }

  host(number: number): string {
    const named = this.first[number];
    return textOf(this.#hosts.texts, named === undefined ? number : this.#hosts.index[named]!);
  }

  /** Null for what is but an address. */
  name(number: number): string | null {
    return this.#names[number] ?? null;
  }
}

function identityAt(columns: readonly TextColumn[], row: number): Identity {
  const cells = columns.map(({ texts, index }, i) => {
    return [IDENTITY[i]!, index[row]! < 0 ? undefined : textOf(texts, index[row]!)];
  });
  return Object.fromEntries(cells);
}

/** "deployment shop/cart", "service shop/cart", "pod shop/cart-0", "node n1"; null for a bare address. */
function nameOf(identity: Identity): string | null {
  const { namespace = '', service, workload_name, workload_kind, pod_name, node_name } = identity;
  if (service) return `service ${service.includes('/') ? service : `${namespace}/${service}`}`;
  if (workload_name) return `${(workload_kind ?? 'workload').toLowerCase()} ${namespace}/${workload_name}`;
  if (pod_name) return `pod ${namespace}/${pod_name}`;
  return node_name ? `node ${node_name}` : null;
}
