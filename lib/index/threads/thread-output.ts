import type { FlowRecords } from '../engine/flow-records.ts';
import type { EngineOutput, References } from '../engine/output.ts';
import { PACKET_BATCH_BYTES, type PacketRecords } from '../engine/packet-records.ts';
import type { Batch } from '../table.ts';
import type { News, ReaderMessage } from './messages.ts';
import {
  BEAT,
  BEATS_AT,
  CLOSED_AT,
  MAX_WAITING,
  PACKET_SLOTS_AT,
  type SharedSlots,
  WAITING_AT,
} from './slots.ts';

/** The other thread takes nothing more: it has failed, or wants to know nothing. Why, it tells itself. */
export class Closed extends Error {
  override readonly name = 'Closed';
}

/** The other thread neither takes anything nor shows a sign of life: nothing is to be expected of it. */
export class Silent extends Error {
  override readonly name = 'Silent';

  constructor() {
    super('the thread that makes tables fell silent');
  }
}

const SILENCE = 30 * BEAT; // milliseconds without a sign of life

/** Who makes tables elsewhere. */
export interface Receiver {
  postMessage(message: ReaderMessage): void;
}

/**
 * Hands what the engine found to the thread that makes tables of it; waits, blocking, where that is slower. Until that
 * thread has said where things are to be put, the first of them are kept.
 */
export class ThreadOutput implements EngineOutput {
  readonly #receiver: Receiver;
  readonly #promised: Promise<SharedSlots>;
  readonly #silence: number;
  #slots: SharedSlots | undefined;
  #states: Int32Array = new Int32Array();
  #early: ((slots: SharedSlots) => void)[] = [];
  #flowSlot = 0;
  #packetSlot = 0;
  readonly #told = { services: 0, tunnels: 0, interfaceSets: 0 };

  /** `slots` are rejected when nothing is wanted; `silence`: milliseconds after which a thread is taken for dead. */
  constructor(receiver: Receiver, slots: Promise<SharedSlots>, silence = SILENCE) {
    this.#receiver = receiver;
    this.#promised = slots;
    this.#silence = silence;
  }

  takeFlows(flows: FlowRecords, references: References): void {
    const { count } = flows;
    const news = this.#news(references);
    if (this.#slots) {
      this.#putFlows(this.#slots, flows.bytes, count, news);
    } else {
      const kept = flows.bytes.slice();
      this.#early.push(slots => this.#putFlows(slots, kept, count, news));
    }
  }

  takePackets(packets: PacketRecords, references: References): void {
    const { count, flowCount } = packets;
    const about = { count, flowCount, news: this.#news(references) };
    if (this.#slots) {
      this.#putPackets(this.#slots, memory => packets.copyTo(memory), about);
    } else {
      const kept = new SharedArrayBuffer(PACKET_BATCH_BYTES);
      packets.copyTo(kept);
      const copyTo = (memory: SharedArrayBuffer) => new Uint8Array(memory).set(new Uint8Array(kept));
      this.#early.push(slots => this.#putPackets(slots, copyTo, about));
    }
  }

  write(batch: Batch): void {
    if (this.#slots) {
      this.#putBatch(batch);
    } else {
      const kept = structuredClone(batch);
      this.#early.push(() => this.#putBatch(kept));
    }
  }

  async drain(): Promise<void> {
    if (this.#early.length > 0) await this.prepare();
    if (!this.#slots) return;
    for (;;) {
      const count = Atomics.load(this.#states, WAITING_AT);
      if (count <= MAX_WAITING) return;
      this.#waitWhile(WAITING_AT, count);
    }
  }

  async prepare(): Promise<void> {
    if (this.#slots) return;
    const slots = await this.#promised;
    this.#slots = slots;
    this.#states = new Int32Array(slots.states);
    for (const put of this.#early) put(slots);
    this.#early = [];
  }

  #putFlows({ flows }: SharedSlots, bytes: Uint8Array, count: number, news: News): void {
    const slot = this.#flowSlot;
    this.#waitWhile(slot, 1);
    flows[slot]!.set(bytes);
    Atomics.store(this.#states, slot, 1);
    this.#receiver.postMessage({ kind: 'flows', slot, count, news });
    this.#flowSlot = (slot + 1) % flows.length;
  }

  #putPackets(
    { packets }: SharedSlots,
    copyTo: (memory: SharedArrayBuffer) => void,
    about: { count: number; flowCount: number; news: News },
  ): void {
    const slot = this.#packetSlot;
    this.#waitWhile(PACKET_SLOTS_AT + slot, 1);
    copyTo(packets[slot]!);
    Atomics.store(this.#states, PACKET_SLOTS_AT + slot, 1);
    this.#receiver.postMessage({ kind: 'packets', slot, ...about });
    this.#packetSlot = (slot + 1) % packets.length;
  }

  #putBatch(batch: Batch): void {
    Atomics.add(this.#states, WAITING_AT, 1);
    this.#receiver.postMessage({ kind: 'batch', batch });
  }

  /** Blocks as long as a state has the value. */
  #waitWhile(state: number, value: number): void {
    let beats = Atomics.load(this.#states, BEATS_AT);
    while (Atomics.load(this.#states, state) === value) {
      if (Atomics.wait(this.#states, state, value, this.#silence) !== 'timed-out') continue;
      const now = Atomics.load(this.#states, BEATS_AT);
      if (now === beats) throw new Silent();
      beats = now;
    }
    if (Atomics.load(this.#states, CLOSED_AT) === 1) throw new Closed();
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
