import type { CaptureInterface } from '../../pcap/record.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { INTERFACE_SET_BYTES, INTERFACE_SETS, INTERFACE_SETS_AT } from '../kernel/layout.ts';

/** Bounds on what a hostile file can make of it: 10,000 interfaces are fine. */
const MAX_LABELS = 65_535;
const MAX_SETS = 65_536;

// What was asked lately: set, interface of the file and of the host, and the set that they make.
const ENTRY_INTEGERS = INTERFACE_SET_BYTES / 4;

/**
 * The interfaces of a capture: those the file describes, and those the kernel numbers (Linux SLL2). The set of
 * those on which a flow was seen is a number, 0 for none; few different sets serve all flows of a node.
 */
export class Interfaces {
  readonly #labels: string[] = [];
  readonly #labelNumbers = new Map<string, number>();
  /** By ifindex and number in the file. */
  readonly #places = new Map<number, number>();
  readonly #names = new Map<number, string>();
  readonly #allNames = new Set<string>();

  readonly #sets: string[] = [''];
  readonly #members: (readonly number[])[] = [[]];
  readonly #setNumbers = new Map<string, number>();
  readonly #asked: Int32Array;

  constructor(kernel: Kernel) {
    this.#asked = kernel.integersAt(INTERFACE_SETS_AT, INTERFACE_SETS * ENTRY_INTEGERS).fill(-1);
  }

  /** Another file numbers its interfaces anew. */
  nextFile(): void {
    this.#names.clear();
    this.#places.clear();
    this.#asked.fill(-1);
  }

  describe(index: number, description: CaptureInterface): void {
    if (description.name === null) return;
    this.#names.set(index, description.name);
    if (this.#allNames.size < 1000) this.#allNames.add(description.name);
  }

  /** The set of interfaces `set`, and the one on which a packet was seen now. */
  with(set: number, index: number, ifindex: number): number {
    const asked = this.#asked;
    const entry = ((Math.imul(set, 31) + ifindex + index * 17) & (INTERFACE_SETS - 1)) * ENTRY_INTEGERS;
    if (asked[entry] === set && asked[entry + 1] === index && asked[entry + 2] === ifindex) {
      return asked[entry + 3]!;
    }
    const result = this.#extend(set, this.#labelOf(index, ifindex));
    asked[entry] = set;
    asked[entry + 1] = index;
    asked[entry + 2] = ifindex;
    asked[entry + 3] = result;
    return result;
  }

  /** The labels of each set, comma-separated, in the order in which they were seen; the list only grows. */
  get sets(): readonly string[] {
    return this.#sets;
  }

  /** Names that the file gives, in order of appearance. */
  names(): string[] {
    return [...this.#allNames];
  }

  #labelOf(index: number, ifindex: number): number {
    const key = ifindex > 0 ? ifindex * 65_536 + index : -1 - index;
    let label = this.#places.get(key);
    if (label === undefined) {
      label = this.#numberOf(ifindex > 0 ? String(ifindex) : (this.#names.get(index) ?? String(index)));
      if (this.#places.size < MAX_LABELS) this.#places.set(key, label);
    }
    return label;
  }

  #numberOf(text: string): number {
    let number = this.#labelNumbers.get(text);
    if (number === undefined) {
      const isFull = this.#labels.length >= MAX_LABELS;
      if (isFull) return this.#labels.length - 1;
      number = this.#labels.push(text) - 1;
      this.#labelNumbers.set(text, number);
    }
    return number;
  }

  #extend(set: number, label: number): number {
    const members = this.#members[set]!;
    if (members.includes(label)) return set;
    const extended = [...members, label];
    const text = extended.map(member => this.#labels[member]).join(',');
    let number = this.#setNumbers.get(text);
    if (number === undefined) {
      if (this.#sets.length >= MAX_SETS || extended.length > 64) return set;
      number = this.#sets.push(text) - 1;
      this.#members.push(extended);
      this.#setNumbers.set(text, number);
    }
    return number;
  }
}
