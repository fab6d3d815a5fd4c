import * as conn from '../kernel/conn.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { TextColumn } from '../table.ts';

/** A column of texts that the kernel makes once and keeps, each with a number, until it forgets all of them. */
export class KeptTextColumn {
  readonly #kernel: Kernel;
  readonly #at: number;
  readonly #state: Int32Array;
  #forgotten = -1;
  #source = {};

  /** `table`: of those that kernel/conn.ts names. */
  constructor(kernel: Kernel, table: number) {
    this.#kernel = kernel;
    this.#at = conn.KEPT_AT + table * conn.KEPT_BYTES;
    this.#state = kernel.integersAt(this.#at, 4);
  }

  /** Of a batch that was made just now, whose rows have places among the texts that it uses; valid until the next one. */
  column(index: Int32Array): TextColumn {
    if (this.#forgotten !== this.#state[conn.KEPT_FORGOTTEN]) {
      this.#forgotten = this.#state[conn.KEPT_FORGOTTEN]!;
      this.#source = {};
    }
    const used = this.#state[conn.KEPT_USED]!;
    const offsets = this.#kernel.integersAt(this.#at + conn.USED_OFFSETS_AT, used + 1);
    const from = this.#at + conn.USED_TEXTS_AT;
    return {
      texts: { bytes: this.#kernel.bytes.subarray(from, from + offsets[used]!), offsets },
      index,
      kept: { source: this.#source, numbers: this.#kernel.integersAt(this.#at + conn.USED_AT, used) },
    };
  }
}
