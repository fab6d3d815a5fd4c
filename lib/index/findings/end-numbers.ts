import * as at from './assembly/layout.ts';
import type { Ends } from './ends.ts';
import type { TrafficProgram } from './traffic-program.ts';

/**
 * Names and addresses of clients, or of servers, by number. As long as all of their texts are kept by one source, which gives
 * each text one number, the program counts them itself; after that it asks, and texts are compared.
 */
export class EndNumbers {
  readonly #program: TrafficProgram;
  readonly #side: number;
  readonly #keys: Int32Array;
  readonly #newCount: Int32Array;
  readonly #newEnds: Int32Array;
  readonly #texts: string[] = [];
  readonly #named: boolean[] = [];
  #numbers: Map<string, number> | undefined;
  /** Of the batch that is looked at, and what keeps their texts. */
  #ends: Ends | undefined;
  #source: object | undefined;
  /** What keeps all texts so far. */
  #onlySource: object | undefined;

  /** `side`: where these ends are in the memory of the program. */
  constructor(program: TrafficProgram, side: number) {
    this.#program = program;
    this.#side = side;
    this.#keys = program.integersAt(side + at.KEYS, at.MOST_KEYS);
    this.#newCount = program.integersAt(side + at.NEW_COUNT, 1);
    this.#newEnds = program.integersAt(side + at.NEW_ENDS, at.SLICE);
  }

  /** Ends are those of another batch from now on. */
  use(ends: Ends): void {
    const keys = ends.hosts.length <= at.MOST_KEYS ? ends.kept : undefined;
    const isKnown = keys !== undefined && keys.source === this.#source;
    this.#ends = ends;
    this.#source = keys?.source;
    if (this.#texts.length === 0) this.#onlySource = this.#source;
    else if (this.#source !== this.#onlySource) this.#onlySource = undefined;
    if (keys) this.#keys.set(keys.numbers);
    const numbersItself = this.#onlySource !== undefined;
    this.#program.exports.useEnds(this.#side, keys !== undefined, isKnown, numbersItself);
  }

  /** Hears of those that the program numbered. */
  takeNew(): void {
    const count = this.#newCount[0]!;
    for (let i = 0; i < count; i++) this.#add(this.#newEnds[i]!);
    this.#newCount[0] = 0;
  }

  /** Of an end of the batch; -1 where it has no number, and is to get none. */
  numberOf(place: number, isFull: boolean): number {
    this.takeNew();
    this.#onlySource = undefined;
    this.#numbers ??= new Map(this.#texts.map((text, number) => [text, number]));
    const text = this.#ends!.text(place);
    const known = this.#numbers.get(text);
    if (known !== undefined || isFull) return known ?? -1;
    this.#numbers.set(text, this.#texts.length);
    return this.#add(place);
  }

  #add(place: number): number {
    const ends = this.#ends!;
    this.#named.push(ends.names[place] !== null);
    return this.#texts.push(ends.text(place)) - 1;
  }

  text(number: number): string {
    return this.#texts[number]!;
  }

  /** Whether it is more than an address. */
  isNamed(number: number): boolean {
    return this.#named[number]!;
  }
}
