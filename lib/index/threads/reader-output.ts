import type { MessagePort } from 'node:worker_threads';
import type { FlowRecords } from '../engine/flow-records.ts';
import type { EngineOutput, References } from '../engine/output.ts';
import type { PacketRecords } from '../engine/packet-records.ts';
import type { Batch } from '../table.ts';
import {
  MAX_WAITING,
  type News,
  PACKET_SLOTS_AT,
  type ReaderMessage,
  type SharedSlots,
  WAITING_AT,
} from './messages.ts';

/** Hands what the engine found to the thread that makes tables of it; waits, blocking, where that is slower. */
export class ThreadOutput implements EngineOutput {
  readonly #port: MessagePort;
  readonly #slots: SharedSlots;
  readonly #states: Int32Array;
  #flowSlot = 0;
  #packetSlot = 0;
  readonly #told = { services: 0, tunnels: 0, interfaceSets: 0 };

  constructor(port: MessagePort, slots: SharedSlots) {
    this.#port = port;
    this.#slots = slots;
    this.#states = new Int32Array(slots.states);
  }

  takeFlows(flows: FlowRecords, references: References): void {
    const slot = this.#flowSlot;
    this.#waitFor(slot);
    flows.copyTo(this.#slots.flows[slot]!);
    Atomics.store(this.#states, slot, 1);
    this.#send({ kind: 'flows', slot, count: flows.count, news: this.#news(references) });
    this.#flowSlot = (slot + 1) % this.#slots.flows.length;
  }

  takePackets(packets: PacketRecords, references: References): void {
    const slot = this.#packetSlot;
    this.#waitFor(PACKET_SLOTS_AT + slot);
    packets.copyTo(this.#slots.packets[slot]!);
    const { count, flowCount } = packets;
    Atomics.store(this.#states, PACKET_SLOTS_AT + slot, 1);
    this.#send({ kind: 'packets', slot, count, flowCount, news: this.#news(references) });
    this.#packetSlot = (slot + 1) % this.#slots.packets.length;
  }

  write(batch: Batch): void {
    Atomics.add(this.#states, WAITING_AT, 1);
    this.#send({ kind: 'batch', batch });
  }

  async drain(): Promise<void> {
    for (;;) {
      const count = Atomics.load(this.#states, WAITING_AT);
      if (count <= MAX_WAITING) return;
      Atomics.wait(this.#states, WAITING_AT, count);
    }
  }

  #waitFor(slot: number): void {
    while (Atomics.load(this.#states, slot) !== 0) Atomics.wait(this.#states, slot, 1);
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

  #send(message: ReaderMessage): void {
    this.#port.postMessage(message);
  }
}
