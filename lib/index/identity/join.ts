import { textColumnOf } from '../column-forms.ts';
import { type Batch, type Column, type TableSink, textAt } from '../table.ts';
import { type TextList, textListOf, textOf } from '../text-list.ts';
import type { ClusterIdentity } from './cluster-identity.ts';
import { type Identity, UNKNOWN } from './identity.ts';
import { DnsNames, type NameLists } from './names/dns-names.ts';

const FIELDS = {
  namespace: 'namespace',
  pod_name: 'podName',
  workload_kind: 'workloadKind',
  workload_name: 'workloadName',
  service: 'service',
  node_name: 'nodeName',
  labels: 'labels',
  identity_source: 'source',
} as const satisfies Record<string, keyof Identity>;

/**
 * A step between the engine and what follows: fills in who the two ends of each flow were. Without a cluster's
 * identity only names from captured DNS are known.
 */
export class IdentityJoin implements TableSink {
  readonly #next: TableSink;
  readonly #cluster: ClusterIdentity | undefined;
  readonly #names = new DnsNames();

  constructor(next: TableSink, cluster?: ClusterIdentity) {
    this.#next = next;
    this.#cluster = cluster;
  }

  write(batch: Batch): void {
    if (batch.table === 'dns') this.#names.observe(batch);
    this.#next.write(batch.table === 'conn' ? this.#join(batch) : batch);
  }

  async drain(): Promise<void> {
    await this.#next.drain();
  }

  /** Nothing more is joined. */
  end(): void {
    this.#names.end();
  }

  #join(batch: Batch): Batch {
    return {
      ...batch,
      columns: { ...batch.columns, ...this.#end(batch, 'orig'), ...this.#end(batch, 'resp') },
    };
  }

  #end({ rows, columns }: Batch, end: 'orig' | 'resp'): Record<string, Column> {
    const column = columns[`id_${end}_h`];
    if (!column) return {};
    const hosts = textColumnOf(column, rows);
    const names = this.#names.of(hosts.texts);
    const lookup = new Lookup(this.#cluster, hosts.texts, names);
    const identities = numbersOf(hosts.index, lookup.fixed);
    if (this.#cluster) this.#resolve({ rows, columns }, end, hosts.index, lookup, identities);
    return {
      ...lookup.columns(end, identities),
      ...(names && { [`${end}_dns_names`]: namesColumn(hosts.index, names) }),
    };
  }

  /** Fills in the identities that depend on the time, on the port, or on a translation. */
  #resolve(
    { rows, columns }: Pick<Batch, 'rows' | 'columns'>,
    end: 'orig' | 'resp',
    hosts: Int32Array,
    lookup: Lookup,
    identities: Int32Array,
  ): void {
    const ports = numbers(columns[`id_${end}_p`]);
    const times = columns.ts && 'values' in columns.ts ? columns.ts.values : undefined;
    const translatedHosts = end === 'resp' ? columns.translated_h : undefined;
    const translatedPorts = end === 'resp' ? numbers(columns.translated_p) : undefined;
    for (let row = 0; row < rows; row++) {
      const host = hosts[row]!;
      if (host < 0) continue;
      const translated = translatedHosts && textAt(translatedHosts, row);
      const fixed = translated === undefined ? lookup.fixed[host]! : -1;
      if (fixed >= 0) identities[row] = fixed;
      else {
        const time = times?.[row];
        const moment = typeof time === 'bigint' ? time : 0n;
        identities[row] = lookup.find(host, ports?.[row] ?? 0, moment, translated, translatedPorts?.[row]);
      }
    }
  }
}

/** By row, the identity of its host; 0 where it has none. */
function numbersOf(hosts: Int32Array, fixed: Int32Array): Int32Array {
  const identities = new Int32Array(hosts.length);
  for (let row = 0; row < hosts.length; row++) if (hosts[row]! >= 0) identities[row] = fixed[hosts[row]!]!;
  return identities;
}

/** The identities of a batch, each once, by number. */
class Lookup {
  readonly #cluster: ClusterIdentity | undefined;
  readonly #names: NameLists | undefined;
  readonly #found: Identity[] = [UNKNOWN];
  readonly #numbers = new Map<Identity, number>([[UNKNOWN, 0]]);
  readonly #hosts: TextList;
  /** By host, the number of its identity where that is the same at any time; -1 where it is not, or not known yet. */
  readonly fixed: Int32Array;

  /** `names`: what DNS called each host. */
  constructor(cluster: ClusterIdentity | undefined, hosts: TextList, names: NameLists | undefined) {
    this.#cluster = cluster;
    this.#names = names;
    this.#hosts = hosts;
    this.fixed = new Int32Array(hosts.offsets.length - 1);
    if (cluster) this.fixed.fill(-1);
    else if (names)
      this.fixed.forEach((_, host, fixed) => {
        if (this.#isNamed(host)) fixed[host] = this.#number(NAMED);
      });
  }

  #isNamed(host: number): boolean {
    const starts = this.#names?.starts;
    return starts !== undefined && starts[host + 1]! > starts[host]!;
  }

  find(host: number, port: number, time: bigint, translated?: string, translatedPort?: number): number {
    const ip = textOf(this.#hosts, host);
    let identity = this.#cluster?.resolve(ip, port, time, translated, translatedPort) ?? UNKNOWN;
    if (identity === UNKNOWN && this.#isNamed(host)) identity = NAMED;
    const number = this.#number(identity);
    if (translated === undefined && !this.#cluster?.varies(ip)) this.fixed[host] = number;
    return number;
  }

  #number(identity: Identity): number {
    let number = this.#numbers.get(identity);
    if (number === undefined) {
      number = this.#found.push(identity) - 1;
      this.#numbers.set(identity, number);
    }
    return number;
  }

  /** What no identity has is left out. */
  columns(end: string, index: Int32Array): Record<string, Column> {
    const columns: Record<string, Column> = {};
    for (const [column, field] of Object.entries(FIELDS)) {
      const texts = this.#found.map(identity => identity[field]);
      if (texts.some(text => text !== undefined)) columns[`${end}_${column}`] = textColumn(texts, index);
    }
    return columns;
  }
}

const NAMED: Identity = { source: 'dns' };

function textColumn(texts: readonly (string | undefined)[], index: Int32Array): Column {
  const present = texts.filter(text => text !== undefined);
  const list = textListOf(present);
  if (present.length === texts.length) return { texts: list, index };
  let next = 0;
  const place = Int32Array.from(texts, text => (text === undefined ? -1 : next++));
  return { texts: list, index: index.map(number => place[number]!) };
}

/** By row, the names of its host. */
function namesColumn(hosts: Int32Array, { starts, elements }: NameLists): Column {
  const index = hosts.map(host => (host >= 0 && starts[host + 1]! > starts[host]! ? host : -1));
  return { elements, starts, index };
}

function numbers(column: Column | undefined): Int32Array | undefined {
  return column && 'values' in column && column.values instanceof Int32Array ? column.values : undefined;
}
