import { Columns } from '../columns/columns.ts';
import { TableOutput } from '../engine/table-output.ts';
import { TableRows } from '../kernel/table-rows.ts';
import type { TableSink } from '../table.ts';
import type { News, ReaderMessage } from './messages.ts';
import { FLOWS, PACKETS, placeOf, ROWS, type SharedSlots, type SlotKind } from './slots.ts';

type Found = Extract<ReaderMessage, { kind: 'flows' | 'packets' | 'rows' | 'batch' }>;

/** Makes tables of what a reader thread hands over, and gives the memory back to it. */
export class ThreadTables {
  readonly #output: TableOutput;
  readonly #columns: Columns;
  readonly #states: Int32Array;
  /** As of the last message: one object, as the rows are made with the references of the first. */
  readonly #references: News = {
    uidPrefix: '',
    clock: { epochSeconds: 0, epoch: 0n, unit: 1000 },
    services: [],
    tunnels: [],
    interfaceSets: [],
  };

  constructor({ memory, states }: SharedSlots, sink: TableSink) {
    this.#columns = new Columns(memory);
    this.#states = new Int32Array(states);
    this.#output = new TableOutput(this.#columns, sink);
  }

  async take(message: Found): Promise<void> {
    const output = this.#output;
    switch (message.kind) {
      case 'flows':
        this.#learn(message.news);
        output.takeFlows({ at: placeOf(FLOWS, message.slot), count: message.count }, this.#references);
        this.#free(FLOWS, message.slot);
        break;
      case 'packets': {
        const { count, flowCount, slot } = message;
        this.#learn(message.news);
        output.takePackets({ at: placeOf(PACKETS, slot), count, flowCount }, this.#references);
        this.#free(PACKETS, slot);
        break;
      }
      case 'rows': {
        const place = placeOf(ROWS, message.slot);
        output.takeRows(new TableRows(this.#columns, message.table, message.count, place));
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
