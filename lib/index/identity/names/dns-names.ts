import { listColumnOf, textColumnOf } from '../../column-forms.ts';
import type { Batch, ListColumn, TextColumn } from '../../table.ts';
import type { TextList } from '../../text-list.ts';
import { type Exports, Program, Programs } from '../../wasm/program.ts';
import { CODE } from './code.ts';

/** What assembly/index.ts exports. */
interface NamesExports extends Exports {
  count(): number;
  learn(rows: number, arrays: number): void;
  list(hosts: number, arrays: number): number;
  startsOf(): number;
  offsetsOf(): number;
  textsOf(): number;
}

class NamesProgram extends Program<NamesExports> {}

const programs = new Programs(CODE, NamesProgram, 512 * 1024 * 1024);

/** Lists of names: of host n `[starts[n], starts[n + 1])` of `elements`. */
export type NameLists = Pick<ListColumn, 'starts'> & { elements: TextList };

/** Which names captured DNS answers gave to an address; the first ones of each, for a bounded number of addresses. */
export class DnsNames {
  readonly #program = programs.begin();

  /** No one asks for names any more. */
  end(): void {
    programs.end(this.#program);
  }

  /** Learns from rows of `dns`. */
  observe({ rows, columns }: Batch): void {
    const { query, answers } = columns;
    const lists = answers && listColumnOf(answers, true);
    if (query && lists && 'offsets' in lists.elements) this.#learn(rows, textColumnOf(query, rows), lists);
  }

  #learn(rows: number, query: TextColumn, { index, starts, elements }: ListColumn): void {
    const { texts } = query;
    const answers = elements as TextList;
    const arrays = [query.index, texts.offsets, texts.bytes, index, starts, answers.offsets, answers.bytes];
    this.#program.exports.learn(rows, this.#program.put(arrays));
  }

  /** Names of hosts; undefined where none of them has any. */
  of({ bytes, offsets }: TextList): NameLists | undefined {
    const { exports } = this.#program;
    if (exports.count() === 0) return undefined;
    if (exports.list(offsets.length - 1, this.#program.put([offsets, bytes])) === 0) return undefined;
    return {
      starts: this.#program.integers(exports.startsOf()).slice(),
      elements: {
        bytes: this.#program.vector(exports.textsOf()).slice(),
        offsets: this.#program.integers(exports.offsetsOf()).slice(),
      },
    };
  }

  get size(): number {
    return this.#program.exports.count();
  }
}
