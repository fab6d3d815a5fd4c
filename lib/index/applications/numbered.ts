/** Things that have a number each, from 1 on, which is used again once they are removed. */
export class Numbered<T> {
  readonly #items: (T | undefined)[] = [undefined];
  readonly #free: number[] = [];

  add(item: T): number {
    const number = this.#free.pop();
    if (number === undefined) return this.#items.push(item) - 1;
    this.#items[number] = item;
    return number;
  }

  /** One that was added, and not removed since. */
  at(number: number): T {
    return this.#items[number]!;
  }

  remove(number: number): T {
    const item = this.at(number);
    this.#items[number] = undefined;
    this.#free.push(number);
    return item;
  }
}
