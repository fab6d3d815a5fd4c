import { TableOutput } from '../engine/table-output.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { TableRows } from '../kernel/table-rows.ts';
import type { TableSink } from '../table.ts';
import type { News, ReaderMessage } from './messages.ts';
import { FLOWS, PACKETS, placeOf, ROWS, type SharedSlots, type SlotKind } from './slots.ts';

type Found = Extract<ReaderMessage, { kind: 'flows' | 'packets' | 'rows' | 'batch' }>;

/** Makes tables of what a reader thread hands over, and gives the memory back to it. */
export class ThreadTables {
  readonly #output: TableOutput;
  readonly #kernel: Kernel;
  readonly #states: Int32Array;
  /** As of the last message: one object, as the rows are made with the references of the first. */
  readonly #references: News = {
    uidPrefix: '',
    clock: { epochSeconds: 0, epoch: 0n, unit: 1000 },
    services: [],
    tunnels: [],
    interfaceSets: [],
  };

  /** `slots`: in memory of the kernel. */
  constructor(kernel: Kernel, slots: SharedSlots, sink: TableSink) {
    this.#kernel = kernel;
    this.#states = new Int32Array(slots.states);
    this.#output = new TableOutput(sink);
  }

  async take(message: Found): Promise<void> {
    const output = this.#output;
    switch (message.kind) {
      case 'flows': {
        this.#learn(message.news);
        const records = placeOf(FLOWS, message.slot);
        output.takeRecords(this.#kernel, records, message.count, this.#references);
        this.#free(FLOWS, message.slot);
        break;
      }
      case 'packets': {
        this.#learn(message.news);
        const { count, flowCount, slot } = message;
        const batch = { at: placeOf(PACKETS, slot), count, flowCount };
        output.takeBatch(this.#kernel, batch, this.#references);
        this.#free(PACKETS, slot);
        break;
      }
      case 'rows': {
        const place = placeOf(ROWS, message.slot);
        output.takeRows(new TableRows(this.#kernel, message.table, message.count, place));
        this.#free(ROWS, message.slot);
        break;
      }
      case 'batch':
        output.write(message.batch);
        break;
    }
    await output.drain();
  }

  #learn({ uidPrefix, clock, services, tunnels, interfaceSets }: News): void {
    const references = this.#references;
    references.uidPrefix = uidPrefix;
    Object.assign(references.clock, clock);
    for (const text of services) references.services.push(text);
    for (const text of tunnels) references.tunnels.push(text);
    for (const text of interfaceSets) references.interfaceSets.push(text);
  }

  #free({ state }: SlotKind, slot: number): void {
    Atomics.store(this.#states, state + slot, 0);
    Atomics.notify(this.#states, state + slot);
  }
}
