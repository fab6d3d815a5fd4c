import type { Batch, Column, TableSink } from '../table.ts';
import type { ClusterIdentity } from './cluster-identity.ts';
import { DnsNames, textAt } from './dns-names.ts';
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
    const hosts = columns[`id_${end}_h`];
    if (!hosts) return {};
    const lookup = new Lookup(this.#cluster, this.#names);
    const index = new Int32Array(rows);
    const ports = numbers(columns[`id_${end}_p`]);
    const times = columns.ts && 'values' in columns.ts ? columns.ts.values : undefined;
    const translatedHosts = end === 'resp' ? columns.translated_h : undefined;
    const translatedPorts = end === 'resp' ? numbers(columns.translated_p) : undefined;
    for (let row = 0; row < rows; row++) {
      const host = textAt(hosts, row);
      if (host === undefined) continue;
      const translated = translatedHosts && textAt(translatedHosts, row);
      const time = times?.[row];
      index[row] = lookup.find(
        host,
        ports?.[row] ?? 0,
        typeof time === 'bigint' ? time : 0n,
        translated,
        translatedPorts?.[row],
      );
    }
    return {
      ...lookup.columns(end, index),
      ...(this.#names.size > 0 && { [`${end}_dns_names`]: namesColumn(hosts, rows, this.#names) }),
    };
  }
}

/** The identities of a batch, each once, by number. */
class Lookup {
  readonly #cluster: ClusterIdentity | undefined;
  readonly #names: DnsNames;
  readonly #found: Identity[] = [UNKNOWN];
  readonly #numbers = new Map<Identity, number>([[UNKNOWN, 0]]);
  readonly #fixed = new Map<string, number>(); // addresses that are the same at any time

  constructor(cluster: ClusterIdentity | undefined, names: DnsNames) {
    this.#cluster = cluster;
    this.#names = names;
  }

  find(ip: string, port: number, time: bigint, translated?: string, translatedPort?: number): number {
    const fixed = translated === undefined ? this.#fixed.get(ip) : undefined;
    if (fixed !== undefined) return fixed;
    let identity = this.#cluster?.resolve(ip, port, time, translated, translatedPort) ?? UNKNOWN;
    if (identity === UNKNOWN && this.#names.of(ip)) identity = NAMED;
    const number = this.#number(identity);
    if (translated === undefined && !this.#cluster?.varies(ip)) this.#fixed.set(ip, number);
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

function namesColumn(hosts: Column, rows: number, names: DnsNames): Column {
  const values: (string[] | null)[] = new Array(rows);
  for (let row = 0; row < rows; row++) values[row] = names.of(textAt(hosts, row) ?? '') ?? null;
  return { values };
}

function numbers(column: Column | undefined): Int32Array | undefined {
  return column && 'values' in column && column.values instanceof Int32Array ? column.values : undefined;
}
