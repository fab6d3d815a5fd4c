import { type TextList, textListOf } from '../text-list.ts';

/** Texts that become more, as a list that is made anew when they did. */
export class GrowingTexts {
  readonly #texts: readonly string[];
  #list = textListOf([]);

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  get list(): TextList {
    if (this.#list.offsets.length - 1 < this.#texts.length) this.#list = textListOf(this.#texts);
    return this.#list;
  }
}
