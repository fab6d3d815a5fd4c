import { PacketRecords } from '../engine/packet-records.ts';
import { TableOutput } from '../engine/table-output.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { TableSink } from '../table.ts';
import {
  makeSlots,
  type News,
  PACKET_SLOTS_AT,
  type ReaderMessage,
  type SharedSlots,
  WAITING_AT,
} from './messages.ts';

type Found = Extract<ReaderMessage, { kind: 'flows' | 'packets' | 'batch' }>;

/** Makes tables of what a reader thread hands over, and gives the memory back to it. */
export class ReaderTables {
  readonly #output: TableOutput;
  /** Where the reader thread puts what it found. */
  readonly slots: SharedSlots;
  readonly #kernel = Kernel.begin();
  readonly #packets = new PacketRecords(this.#kernel);
  readonly #states: Int32Array;
  /** As of the last message: one object, as the rows are made with the references of the first. */
  readonly #references: News = {
    uidPrefix: '',
    clock: { epochSeconds: 0, epoch: 0n, unit: 1000 },
    services: [],
    tunnels: [],
    interfaceSets: [],
  };

  constructor(sink: TableSink, isInflated: boolean) {
    this.slots = makeSlots(this.#kernel, isInflated);
    this.#states = new Int32Array(this.slots.states);
    this.#output = new TableOutput(sink);
  }

  async take(message: Found): Promise<void> {
    const output = this.#output;
    switch (message.kind) {
      case 'flows':
        this.#learn(message.news);
        output.takeRecords(
          this.#kernel,
          this.slots.flows[message.slot]!.byteOffset,
          message.count,
          this.#references,
        );
        this.#free(message.slot);
        break;
      case 'packets':
        this.#learn(message.news);
        this.#packets.copyFrom(this.slots.packets[message.slot]!, message.count, message.flowCount);
        this.#free(PACKET_SLOTS_AT + message.slot);
        output.takePackets(this.#packets, this.#references);
        break;
      case 'batch':
        output.write(message.batch);
        break;
    }
    await output.drain();
    if (message.kind !== 'batch') return;
    Atomics.sub(this.#states, WAITING_AT, 1);
    Atomics.notify(this.#states, WAITING_AT);
  }

  /** No more is taken. */
  close(): void {
    this.#kernel.end();
  }

  #learn({ uidPrefix, clock, services, tunnels, interfaceSets }: News): void {
    const references = this.#references;
    references.uidPrefix = uidPrefix;
    Object.assign(references.clock, clock);
    for (const text of services) references.services.push(text);
    for (const text of tunnels) references.tunnels.push(text);
    for (const text of interfaceSets) references.interfaceSets.push(text);
  }

  #free(slot: number): void {
    Atomics.store(this.#states, slot, 0);
    Atomics.notify(this.#states, slot);
  }
}
