import { type Batch, type Column, type TableSink, textAt } from '../table.ts';
import type { ClusterIdentity } from './cluster-identity.ts';
import { DnsNames } from './dns-names.ts';
import { type Identity, UNKNOWN } from './identity.ts';

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

  #join(batch: Batch): Batch {
    return {
      ...batch,
      columns: { ...batch.columns, ...this.#end(batch, 'orig'), ...this.#end(batch, 'resp') },
    };
  }

  #end({ rows, columns }: Batch, end: 'orig' | 'resp'): Record<string, Column> {
    const column = columns[`id_${end}_h`];
    if (!column) return {};
    const hosts = hostsOf(column, rows);
    const known = this.#names.size > 0 ? hosts.texts.map(text => this.#names.of(text) ?? null) : [];
    const lookup = new Lookup(this.#cluster, hosts.texts, known);
    const numbersOfHosts = new Int32Array(rows);
    const ports = numbers(columns[`id_${end}_p`]);
    const times = columns.ts && 'values' in columns.ts ? columns.ts.values : undefined;
    const translatedHosts = end === 'resp' ? columns.translated_h : undefined;
    const translatedPorts = end === 'resp' ? numbers(columns.translated_p) : undefined;
    for (let row = 0; row < rows; row++) {
      const host = hosts.index[row]!;
      if (host < 0) continue;
      const translated = translatedHosts && textAt(translatedHosts, row);
      let number = translated === undefined ? lookup.fixed[host]! : -1;
      if (number < 0) {
        const time = times?.[row];
        const moment = typeof time === 'bigint' ? time : 0n;
        number = lookup.find(host, ports?.[row] ?? 0, moment, translated, translatedPorts?.[row]);
      }
      numbersOfHosts[row] = number;
    }
    return {
      ...lookup.columns(end, numbersOfHosts),
      ...(this.#names.size > 0 && { [`${end}_dns_names`]: namesColumn(hosts, known) }),
    };
  }
}

/** Addresses of a column, each once: row r has `texts[index[r]]`, none where that is -1. */
interface Hosts {
  texts: readonly string[];
  index: Int32Array;
}

function hostsOf(column: Column, rows: number): Hosts {
  if ('dictionary' in column) return { texts: column.dictionary, index: column.index.subarray(0, rows) };
  const known = new Map<string, number>();
  const index = new Int32Array(rows).fill(-1);
  for (let row = 0; row < rows; row++) {
    const text = textAt(column, row);
    if (text === undefined) continue;
    let number = known.get(text);
    if (number === undefined) {
      number = known.size;
      known.set(text, number);
    }
    index[row] = number;
  }
  return { texts: [...known.keys()], index };
}

/** The identities of a batch, each once, by number. */
class Lookup {
  readonly #cluster: ClusterIdentity | undefined;
  readonly #names: readonly (string[] | null)[];
  readonly #found: Identity[] = [UNKNOWN];
  readonly #numbers = new Map<Identity, number>([[UNKNOWN, 0]]);
  readonly #hosts: readonly string[];
  /** By host, the number of its identity where that is the same at any time; -1 where it is not, or not known yet. */
  readonly fixed: Int32Array;

  /** `names` has what DNS called each host; it is empty when DNS named none. */
  constructor(
    cluster: ClusterIdentity | undefined,
    hosts: readonly string[],
    names: readonly (string[] | null)[],
  ) {
    this.#cluster = cluster;
    this.#names = names;
    this.#hosts = hosts;
    this.fixed = new Int32Array(hosts.length).fill(-1);
  }

  find(host: number, port: number, time: bigint, translated?: string, translatedPort?: number): number {
    const ip = this.#hosts[host]!;
    let identity = this.#cluster?.resolve(ip, port, time, translated, translatedPort) ?? UNKNOWN;
    if (identity === UNKNOWN && this.#names[host]) identity = NAMED;
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

  columns(end: string, index: Int32Array): Record<string, Column> {
    return Object.fromEntries(
      Object.entries(FIELDS).map(([column, field]) => [
        `${end}_${column}`,
        dictionaryColumn(
          this.#found.map(identity => identity[field]),
          index,
        ),
      ]),
    );
  }
}

const NAMED: Identity = { source: 'dns' };

function dictionaryColumn(texts: (string | undefined)[], index: Int32Array): Column {
  if (texts.every(text => text !== undefined)) return { dictionary: texts as string[], index };
  const dictionary: string[] = [];
  const place = Int32Array.from(texts, text => (text === undefined ? -1 : dictionary.push(text) - 1));
  return { dictionary, index: index.map(number => place[number]!) };
}

function namesColumn({ index }: Hosts, names: readonly (string[] | null)[]): Column {
  const values: (string[] | null)[] = new Array(index.length);
  for (let row = 0; row < index.length; row++) values[row] = names[index[row]!] ?? null;
  return { values };
}

function numbers(column: Column | undefined): Int32Array | undefined {
  return column && 'values' in column && column.values instanceof Int32Array ? column.values : undefined;
}
