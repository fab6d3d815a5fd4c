import * as conn from '../kernel/conn.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { DictionaryColumn } from '../table.ts';

/** Texts that stand for keys of a few integers, which the kernel numbers: each is made once, until the kernel forgets. */
export class KeptKeys {
  readonly #kernel: Kernel;
  readonly #at: number;
  readonly #render: (key: Int32Array) => string;
  readonly #state: Int32Array;
  #texts: string[] = [];
  #forgotten = -1;
  #source = {};

  /** `table`: of those that kernel/conn.ts names. */
  constructor(kernel: Kernel, table: number, render: (key: Int32Array) => string) {
    this.#kernel = kernel;
    this.#at = conn.KEPT_AT + table * conn.KEPT_BYTES;
    this.#render = render;
    this.#state = kernel.integersAt(this.#at, 4);
  }

  /** The column of a batch that was made just now, whose rows have places among the keys that it uses. */
  column(index: Int32Array): DictionaryColumn {
    if (this.#forgotten !== this.#state[conn.KEPT_FORGOTTEN]) {
      this.#forgotten = this.#state[conn.KEPT_FORGOTTEN]!;
      this.#texts = [];
      this.#source = {};
    }
    const texts = this.#texts;
    for (let number = texts.length; number < this.#state[conn.KEPT_COUNT]!; number++) {
      texts.push(this.#render(this.#keyOf(number)));
    }
    const numbers = this.#kernel.integersAt(this.#at + conn.USED_AT, this.#state[conn.KEPT_USED]!);
    const dictionary = Array.from(numbers, number => texts[number]!);
    return { dictionary, index, kept: { source: this.#source, numbers } };
  }

  #keyOf(number: number): Int32Array {
    const bytes = conn.KEY_INTEGERS * 4;
    return this.#kernel.integersAt(this.#at + conn.KEYS_AT + number * bytes, conn.KEY_INTEGERS);
  }
}
