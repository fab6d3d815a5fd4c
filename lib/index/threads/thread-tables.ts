import { PacketRecords } from '../engine/packet-records.ts';
import { TableOutput } from '../engine/table-output.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { TableSink } from '../table.ts';
import type { News, ReaderMessage } from './messages.ts';
import { PACKET_SLOTS_AT, type SharedSlots, WAITING_AT } from './slots.ts';

type Found = Extract<ReaderMessage, { kind: 'flows' | 'packets' | 'batch' }>;

/** Makes tables of what a reader thread hands over, and gives the memory back to it. */
export class ThreadTables {
  readonly #output: TableOutput;
  readonly #kernel: Kernel;
  readonly #slots: SharedSlots;
  readonly #packets: PacketRecords;
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
    this.#slots = slots;
    this.#packets = new PacketRecords(kernel);
    this.#states = new Int32Array(slots.states);
    this.#output = new TableOutput(sink);
  }

  async take(message: Found): Promise<void> {
    const output = this.#output;
    switch (message.kind) {
      case 'flows':
        this.#learn(message.news);
        output.takeRecords(
          this.#kernel,
          this.#slots.flows[message.slot]!.byteOffset,
          message.count,
          this.#references,
        );
        this.#free(message.slot);
        break;
      case 'packets':
        this.#learn(message.news);
        this.#packets.copyFrom(this.#slots.packets[message.slot]!, message.count, message.flowCount);
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
