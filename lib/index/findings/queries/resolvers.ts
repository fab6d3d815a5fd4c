import { textColumnOf } from '../../column-forms.ts';
import type { Batch, Column } from '../../table.ts';
import { type Exports, Program, Programs } from '../../wasm/program.ts';
import { integersOf } from '../columns.ts';
import { endpoint } from '../rows.ts';
import { CODE } from './code.ts';
import * as at from './layout.ts';

/** What assembly/index.ts exports. */
interface QueriesExports extends Exports {
  count(rows: number, texts: number, wanted: number, slow: number, arrays: number): number;
  listedAt(): number;
  countsOf(server: number): number;
  answeredCount(): number;
  baseOf(length: number, arrays: number): number;
}

class QueriesProgram extends Program<QueriesExports> {}

const programs = new Programs(CODE, QueriesProgram, 128 * 1024 * 1024);

/** A DNS server, by address and port. */
export class Resolver {
  readonly host: string;
  readonly port: number;
  readonly #program: QueriesProgram;
  readonly #number: number;

  constructor(host: string, port: number, program: QueriesProgram, number: number) {
    this.host = host;
    this.port = port;
    this.#program = program;
    this.#number = number;
  }

  get endpoint(): string {
    return endpoint(this.host, this.port);
  }

  get asked(): number {
    return this.#integersAt(at.ASKED, 1)[0]!;
  }

  /** Answers whose questions were seen: how many, and the longest time that one took, in seconds. */
  get answers(): number {
    return this.#integersAt(at.ANSWERS, 1)[0]!;
  }
  get longest(): number {
    return this.#program.doublesAt(this.#at + at.LONGEST, 1)[0]!;
  }

  /** Of the times of its answers, in seconds: the upper bound of the bucket that holds it, never more than the longest. */
  quantile(q: number): number {
    let left = Math.ceil(q * this.answers);
    for (const [i, count] of this.#integersAt(at.TIMES, at.BUCKETS).entries()) {
      left -= count;
      if (left > 0) continue;
      const bound = at.SHORTEST * 10 ** ((i + 1) / at.STEPS);
      return Number(Math.min(this.longest, bound).toPrecision(3));
    }
    return this.longest;
  }

  get #at(): number {
    return this.#program.exports.countsOf(this.#number);
  }

  #integersAt(field: number, length: number): Int32Array {
    return this.#program.integersAt(this.#at + field, length);
  }
}

/** A row of `dns` that shows something. */
export interface Listed {
  row: number;
  signs: number;
  server: number; // -1 beyond what is counted
}

/** Who was asked what: what shares of DNS traffic are taken of. Multicast is left out, to which silence is no fault. */
export class Resolvers {
  readonly #program = programs.begin();
  readonly #resolvers = new Map<number, Resolver>();

  /** No one asks any more. */
  end(): void {
    programs.end(this.#program);
  }

  /** Counts rows of `dns` in; gives those that show one of the signs that are wanted. `slow`: seconds that are too many. */
  *count({ rows, columns }: Batch, wanted: number, slow: number): Generator<Listed> {
    const hosts = textColumnOf(columns.id_resp_h, rows);
    const queries = textColumnOf(columns.query, rows);
    const rcodes = numbersOf(columns.rcode, rows, Int32Array);
    const rtts = numbersOf(columns.rtt, rows, Float64Array);
    const arrays = this.#program.put([
      ...[hosts.index, hosts.texts.offsets, hosts.texts.bytes],
      integersOf(columns.id_resp_p, rows),
      ...[queries.index, queries.texts.offsets, queries.texts.bytes],
      ...[rcodes.values, rcodes.nulls, rtts.values, rtts.nulls],
    ]);
    const { exports } = this.#program;
    const found = exports.count(rows, queries.texts.offsets.length - 1, wanted, slow, arrays);
    const listed = this.#program.integersAt(exports.listedAt(), found * at.LISTED_INTEGERS).slice();
    for (let i = 0; i < listed.length; i += at.LISTED_INTEGERS) {
      yield { row: listed[i]!, signs: listed[i + 1]!, server: listed[i + 2]! };
    }
  }

  /** The server of a number; undefined for -1. */
  get(number: number, host: string, port: number): Resolver | undefined {
    if (number < 0) return undefined;
    let resolver = this.#resolvers.get(number);
    if (!resolver) {
      resolver = new Resolver(host, port, this.#program, number);
      this.#resolvers.set(number, resolver);
    }
    return resolver;
  }

  /** Questions with a name that were answered, in whichever way. */
  get answered(): number {
    return this.#program.exports.answeredCount();
  }

  /**
   * The name that was meant, where a resolver made another by appending a search domain (resolv.conf): of
   * `api.test.default.svc.cluster.local` it is `api.test`, where that was asked for as well. Undefined when no name that
   * was asked for begins this one.
   */
  baseOf(name: string): string | undefined {
    const bytes = Buffer.from(name);
    const length = this.#program.exports.baseOf(bytes.length, this.#program.put([bytes]));
    return length === 0 ? undefined : bytes.toString('utf8', 0, length);
  }
}

/** Numbers of one kind, and 1 by row where there is none. */
function numbersOf<T extends Int32Array | Float64Array>(
  column: Column | undefined,
  rows: number,
  kind: new (size: number) => T,
): { values: T; nulls: Uint8Array } {
  if (!column || !('values' in column) || !(column.values instanceof kind)) {
    return { values: new kind(rows), nulls: new Uint8Array(rows).fill(1) };
  }
  const nulls = 'nulls' in column ? column.nulls : undefined;
  return { values: column.values, nulls: nulls ?? new Uint8Array(rows) };
}
