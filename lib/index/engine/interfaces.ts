import type { CaptureInterface } from '../../pcap/record.ts';

/** A flow's interfaces are a bit set; the last bit stands for all further ones. */
const MAX_PLACES = 31;

/** The interfaces of a capture: those the file describes, and those the kernel numbers (Linux SLL2). */
export class Interfaces {
  readonly #labels: string[] = [];
  readonly #bits = new Map<number, number>();
  readonly #names = new Map<number, string>();
  readonly #allNames = new Set<string>();
  #lastKey = -1;
  #lastBit = 0;

  /** Another file numbers its interfaces anew. */
  nextFile(): void {
    this.#names.clear();
    this.#bits.clear();
    this.#lastKey = -1;
  }

  describe(index: number, description: CaptureInterface): void {
    if (description.name === null) return;
    this.#names.set(index, description.name);
    if (this.#allNames.size < 1000) this.#allNames.add(description.name);
  }

  /** The bit of the interface on which a packet was seen. */
  place(index: number, ifindex: number): number {
    const key = ifindex > 0 ? ifindex * 65_536 + index : -1 - index;
    if (key === this.#lastKey) return this.#lastBit;
    let bit = this.#bits.get(key);
    if (bit === undefined) {
      const label = ifindex > 0 ? String(ifindex) : (this.#names.get(index) ?? String(index));
      bit = this.#bitOf(label);
      if (this.#bits.size < 65_536) this.#bits.set(key, bit);
    }
    this.#lastKey = key;
    this.#lastBit = bit;
    return bit;
  }

  /** The labels of a set of bits, comma-separated; "…" for those beyond the 31st. */
  list(bits: number): string {
    const labels = this.#labels.filter((_, place) => (bits & (1 << place)) !== 0);
    if (bits < 0) labels.push('…');
    return labels.join(',');
  }

  /** Names that the file gives, in order of appearance. */
  names(): string[] {
    return [...this.#allNames];
  }

  #bitOf(label: string): number {
    let place = this.#labels.indexOf(label);
    if (place === -1 && this.#labels.length < MAX_PLACES) place = this.#labels.push(label) - 1;
    return 1 << (place === -1 ? MAX_PLACES : place);
  }
}
