import type { FlowBatch } from '../engine/flow-records.ts';
import type { EngineOutput, References } from '../engine/output.ts';
import type { PacketBatch } from '../engine/packet-records.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { TableRows } from '../kernel/table-rows.ts';
import type { Batch } from '../table.ts';
import { FreeSlots } from './free-slots.ts';
import type { News, ReaderMessage } from './messages.ts';
import { BEATS_AT, FLOWS, PACKETS, placeOf, ROWS, type SharedSlots } from './slots.ts';

/** Who makes tables elsewhere. */
export interface Receiver {
  /** Settles when it has begun, or is known never to begin. */
  readonly begun: Promise<void>;
  postMessage(message: ReaderMessage): void;
}

/** Hands what the engine found to the thread that makes tables of it; waits, blocking, where that is slower. */
export class ThreadOutput implements EngineOutput {
  readonly #receiver: Receiver;
  readonly #kernel: Kernel;
  readonly #states: Int32Array;
  readonly #packets: FreeSlots;
  readonly #flows: FreeSlots;
  readonly #rows: FreeSlots;
  /** Those that are being filled. */
  #packetSlot: number;
  #flowSlot: number;
  #told = { services: 0, tunnels: 0, interfaceSets: 0 };
  #hasTold = false;

  /** `slots`: in memory of the kernel; `silence` as {@link FreeSlots} has it. */
  constructor(receiver: Receiver, kernel: Kernel, slots: SharedSlots, silence?: number) {
    this.#receiver = receiver;
    this.#kernel = kernel;
    this.#states = new Int32Array(slots.states);
    this.#packets = new FreeSlots(slots, PACKETS, silence);
    this.#flows = new FreeSlots(slots, FLOWS, silence);
    this.#rows = new FreeSlots(slots, ROWS, silence);
    this.#packetSlot = this.#packets.take();
    this.#flowSlot = this.#flows.take();
  }

  /** The file is read from its beginning, perhaps once more: nothing was told of it. */
  begin(): void {
    this.#told = { services: 0, tunnels: 0, interfaceSets: 0 };
  }

  get packetsAt(): number {
    return placeOf(PACKETS, this.#packetSlot);
  }

  get flowsAt(): number {
    return placeOf(FLOWS, this.#flowSlot);
  }

  takeFlows({ count }: FlowBatch, references: References): void {
    this.#tell({ kind: 'flows', slot: this.#flowSlot, count, news: this.#news(references) });
    this.#flowSlot = this.#flows.take();
  }

  takePackets({ count, flowCount }: PacketBatch, references: References): void {
    const news = this.#news(references);
    this.#tell({ kind: 'packets', slot: this.#packetSlot, count, flowCount, news });
    this.#packetSlot = this.#packets.take();
  }

  takeRows({ table, count }: TableRows): void {
    const slot = this.#rows.take();
    this.#kernel.exports.copyRows(table, placeOf(ROWS, slot));
    this.#tell({ kind: 'rows', slot, table, count });
  }

  write(batch: Batch): void {
    this.#tell({ kind: 'batch', batch });
  }

  /** Nobody waits, blocking, for a thread that has not begun, and perhaps never will. */
  async drain(): Promise<void> {
    if (this.#hasTold && Atomics.load(this.#states, BEATS_AT) === 0) await this.#receiver.begun;
  }

  #tell(message: ReaderMessage): void {
    this.#receiver.postMessage(message);
    this.#hasTold = true;
  }

  #news({ uidPrefix, clock, services, tunnels, interfaceSets }: References): News {
    const told = this.#told;
    const news: News = {
      uidPrefix,
      clock: { epochSeconds: clock.epochSeconds, epoch: clock.epoch, unit: clock.unit },
      services: services.slice(told.services),
      tunnels: tunnels.slice(told.tunnels),
      interfaceSets: interfaceSets.slice(told.interfaceSets),
    };
    told.services = services.length;
    told.tunnels = tunnels.length;
    told.interfaceSets = interfaceSets.length;
    return news;
  }
}
