import { readAddress } from './flow-table.ts';
import { addressText } from './names.ts';
import * as row from './row.ts';

const SLOTS = 4096;
const KEY_WORDS = 5; // IP version and four words

/** The texts of addresses that were asked for lately. */
export class AddressTexts {
  readonly #keys = new Int32Array(SLOTS * KEY_WORDS);
  readonly #texts: string[] = new Array(SLOTS).fill('');
  readonly #words = new Int32Array(4);

  /** The text of one end of the flow whose row begins at `base`. */
  of(integers: Int32Array, base: number, end: 'orig' | 'resp'): string {
    const words = this.#words;
    const version = integers[base + row.KIND]! >> 8;
    readAddress(integers, base, end, words);
    if (version === 4) words.fill(0, 1);
    const hash = Math.imul(words[0]! ^ Math.imul(words[1]! ^ words[2]!, 31) ^ words[3]!, 0x9e3779b1);
    const slot = hash >>> 20;
    const at = slot * KEY_WORDS;
    const keys = this.#keys;
    const isKnown =
      keys[at] === version &&
      keys[at + 1] === words[0] &&
      keys[at + 2] === words[1] &&
      keys[at + 3] === words[2] &&
      keys[at + 4] === words[3];
    if (isKnown) return this.#texts[slot]!;
    const text = addressText(version, words, 0);
    keys[at] = version;
    keys.set(words, at + 1);
    this.#texts[slot] = text;
    return text;
  }
}
