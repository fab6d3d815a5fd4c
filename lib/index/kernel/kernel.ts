import { markLoneTypes } from '../engine/icmp.ts';
import { markServers } from '../engine/likely-servers.ts';
import { ROW_INTEGERS } from '../engine/row.ts';
import { CODE } from './code.ts';
import type { EngineHost, Host } from './host.ts';
import * as at from './layout.ts';
import { KernelMemory } from './memory.ts';

/** What assembly/index.ts exports; addresses are places in {@link Kernel.memory}. */
interface Exports {
  /** The table is made anew for so many rows. */
  useRows(capacity: number): void;
  /** Of the flow whose key is in the packet. */
  find(): number;
  add(reversed: boolean): number;
  isFromServer(): number;
  begin(flow: number, isAnswer: boolean): void;
  remove(row: number): void;
  useLink(headerLength: number, etherType: number, sll: number, interfaceIndex: number): void;
  useCapture(member: number, seesInterfaces: boolean): void;
  /** Where the next batches of records are put, of packets and of flows that ended (see layout.ts). */
  usePackets(batch: number): void;
  useFlows(batch: number): void;
  /** `located`, here and below: the row of a flow times two, plus the direction. */
  note(located: number, member: number, isDuplicate: boolean): void;
  count(located: number, hasKnownPayload: boolean): void;
  follow(located: number): void;
  isSightingRepeated(
    signature: number,
    located: number,
    place: number,
    isUnnamed: boolean,
    now: number,
  ): number;
  take(start: number, caplen: number, origlen: number, now: number, offset: number): number;
  /** Whether nothing of a flow is waited for any more. */
  isIdle(flow: number, now: number): number;
  /** The flow becomes a record. */
  close(flow: number): void;
  closeAll(): void;
  /** Closes flows that are idle. */
  sweep(now: number): void;
  beginApplications(isOn: boolean, epoch: bigint): void;
  takePayload(located: number): void;
  endPayload(flow: number, time: number): void;
  /** What a conversation that has begun turned out to be. */
  setService(flow: number, service: number): void;
  /** Begins a row, and returns its number: `column` and `row` are what it is then set by (see tables.ts). */
  beginRow(table: number, flow: number, time: number): number;
  endRow(table: number): void;
  /** Has the rows taken that there are. */
  flush(table: number): void;
  /** Copies what there is of a batch to a place of ROW_BATCH_BYTES. */
  copyRows(table: number, to: number): void;
  setByte(column: number, row: number, value: number): void;
  setInteger(column: number, row: number, value: number): void;
  setNoInteger(column: number, row: number): void;
  setDouble(column: number, row: number, value: number): void;
  setLong(column: number, row: number, value: number): void;
  setNoNumber(column: number, row: number): void;
  setText(column: number, row: number, start: number, length: number): void;
  setNone(column: number, row: number): void;
  /** Handshakes of TLS that come otherwise than over TCP; see assembly/tls/session.ts. 0 when there is no more memory. */
  openSession(flow: number, isQuic: boolean): number;
  takeClientHello(session: number, time: number, start: number, end: number): number;
  takeServerHello(session: number, time: number, start: number, end: number): number;
  noteUnreadable(session: number, time: number): void;
  hasServerHello(session: number): number;
  setAlert(session: number, alert: number): void;
  setEstablished(session: number): void;
  writeSession(session: number): void;
  closeSession(session: number): void;
  /** Where memory of the program's own constants ends, and where that begins which no conversation has used. */
  staticEnd(): number;
  heapEnd(): number;
  run(
    start: number,
    end: number,
    recordHeader: number,
    perSecond: number,
    mostCaplen: number,
    epoch: number,
    lastSeconds: number,
    offset: number,
  ): number;
}

/** A kernel that had more rows holds much memory, and is not kept. */
const MOST_ROWS_KEPT = 32_768;

let module: WebAssembly.Module | undefined;
let idle: Kernel | undefined;

/**
 * The inner loop, compiled to WebAssembly: the flow table, records of packets and what else every packet touches lie in
 * its memory, which the slower ways share as typed arrays (see layout.ts). One capture at a time.
 */
export class Kernel extends KernelMemory {
  readonly exports: Exports;
  readonly state: Int32Array;
  readonly stateDoubles: Float64Array;
  /** The packet that is looked at. */
  readonly packet: Int32Array;
  readonly packetDoubles: Float64Array;
  /** Where the source of a capture may put its bytes, */
  readonly input: Uint8Array;
  /** and where they are copied when they come from elsewhere: out of compressed ones, for example. */
  readonly copy: Uint8Array;
  #rows = 0;
  #host: Host | undefined;
  #engine: EngineHost | undefined;

  private constructor() {
    super();
    module ??= new WebAssembly.Module(Buffer.from(CODE, 'base64'));
    const imports = {
      env: { memory: this.memory },
      host: this.#imports(),
      engine: {
        takeFlows: () => this.#engine!.takeFlows(),
        releaseAliases: (flow: number) => this.#engine!.releaseAliases(flow),
      },
    };
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.state = this.integersAt(at.STATE_AT, 32);
    this.stateDoubles = this.doublesAt(at.STATE_AT, 16);
    this.packet = this.integersAt(at.PACKET_AT, at.PACKET_INTEGERS);
    this.packetDoubles = this.doublesAt(at.PACKET_AT, at.PACKET_INTEGERS / 2);
    this.input = this.bytes.subarray(at.INPUT_AT, at.INPUT_AT + at.INPUT_BYTES);
    markLoneTypes(this.bytes.subarray(at.STANDS_ALONE_AT, at.MESSAGE_AT));
    markServers(this.bytes.subarray(at.SERVERS_AT, at.INTERFACE_SETS_AT));
    this.copy = this.bytes.subarray(at.COPY_AT, at.COPY_AT + at.COPY_BYTES);
  }

  /** A kernel for one capture; what is left in its memory of an earlier one is for its users to clear. */
  static begin(): Kernel {
    const kernel = idle ?? new Kernel();
    idle = undefined;
    return kernel;
  }

  /** Who is asked what the kernel does not know itself. */
  set host(host: Host) {
    this.#host = host;
  }

  /** Who takes flows that end. */
  set engine(engine: EngineHost) {
    this.#engine = engine;
  }

  /**
   * A capture's first packet is about to come. Payloads are looked at if there is a host; `epoch`: time 0 on the clock of the
   * capture, in nanoseconds; `uidPrefix`: what all uids begin with.
   */
  beginApplications(epoch: bigint, uidPrefix: string): void {
    this.bytes.set(Buffer.from(uidPrefix, 'latin1'), at.UID_PREFIX_AT);
    this.exports.beginApplications(this.#host !== undefined, epoch);
  }

  /** The capture ends; the kernel serves the next one. */
  end(): void {
    this.#host = undefined;
    this.#engine = undefined;
    if (this.#rows <= MOST_ROWS_KEPT) idle = this;
  }

  /** Makes room for so many rows of flows; those that were there remain. Undefined when there cannot be so many. */
  reserveRows(rows: number): { integers: Int32Array; doubles: Float64Array } | undefined {
    const integers = rows * ROW_INTEGERS;
    if (rows > at.MOST_FLOWS || !this.reach(at.ROWS_AT + integers * 4)) return undefined;
    this.#rows = Math.max(this.#rows, rows);
    return {
      integers: this.integersAt(at.ROWS_AT, integers),
      doubles: this.doublesAt(at.ROWS_AT, integers / 2),
    };
  }

  /** Asks the host of the capture that is read. */
  #imports(): Host {
    const host = () => this.#host!;
    return {
      makeText: (...of) => host().makeText(...of),
      describeClient: (...of) => host().describeClient(...of),
      takeRows: (...of) => host().takeRows(...of),
      openHttp2: (...of) => host().openHttp2(...of),
      openUpgraded: (...of) => host().openUpgraded(...of),
      takePreface: (...of) => host().takePreface(...of),
      takeFrame: (...of) => host().takeFrame(...of),
      loseFrames: (...of) => host().loseFrames(...of),
      endHttp2: (...of) => host().endHttp2(...of),
      openQuic: (...of) => host().openQuic(...of),
      takeQuic: (...of) => host().takeQuic(...of),
      endQuic: (...of) => host().endQuic(...of),
    };
  }
}
