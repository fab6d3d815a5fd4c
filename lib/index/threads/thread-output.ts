import type { FlowRecords } from '../engine/flow-records.ts';
import type { EngineOutput, References } from '../engine/output.ts';
import type { PacketRecords } from '../engine/packet-records.ts';
import type { TableRows } from '../kernel/table-rows.ts';
import type { Batch } from '../table.ts';
import { Filling } from './filling.ts';
import type { News, ReaderMessage } from './messages.ts';
import { BEATS_AT, FLOWS, PACKETS, ROWS, type SharedSlots } from './slots.ts';

/** Who makes tables elsewhere. */
export interface Receiver {
  /** Settles when it has begun, or is known never to begin. */
  readonly begun: Promise<void>;
  postMessage(message: ReaderMessage): void;
}

/** Hands what the engine found to the thread that makes tables of it; waits, blocking, where that is slower. */
export class ThreadOutput implements EngineOutput {
  readonly #receiver: Receiver;
  readonly #states: Int32Array;
  readonly #flows: Filling;
  readonly #packets: Filling;
  readonly #rows: Filling;
  readonly #told = { services: 0, tunnels: 0, interfaceSets: 0 };
  #hasTold = false;

  /** `silence` as {@link Filling} has it. */
  constructor(receiver: Receiver, slots: SharedSlots, silence?: number) {
    this.#receiver = receiver;
    this.#states = new Int32Array(slots.states);
    this.#flows = new Filling(slots, FLOWS, silence);
    this.#packets = new Filling(slots, PACKETS, silence);
    this.#rows = new Filling(slots, ROWS, silence);
  }

  takeFlows({ bytes, count }: FlowRecords, references: References): void {
    const slot = this.#flows.fill(memory => memory.set(bytes));
    this.#tell({ kind: 'flows', slot, count, news: this.#news(references) });
  }

  takePackets(packets: PacketRecords, references: References): void {
    const { count, flowCount } = packets;
    const slot = this.#packets.fill(memory => packets.copyTo(memory));
    this.#tell({ kind: 'packets', slot, count, flowCount, news: this.#news(references) });
  }

  takeRows(rows: TableRows): void {
    const { table, count } = rows;
    const slot = this.#rows.fill(memory => rows.copyTo(memory));
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
