import { CaptureError } from '../../pcap/errors.ts';
import { markServers } from '../engine/likely-servers.ts';
import { ROW_INTEGERS } from '../engine/row.ts';
import { CODE } from './code.ts';
import * as at from './layout.ts';

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
  sortBatch(epoch: bigint, unit: number): void;
  take(start: number, caplen: number, origlen: number, now: number, offset: number): number;
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

const PAGE = 65_536;
const MOST_PAGES = 65_536;
/** Where V8 can reserve no more of the address space, there is room for 150,000 flows. */
const FIRST_PAGES = Math.ceil((at.ROWS_AT + 64 * 1024 * 1024) / PAGE);
/** A kernel that had more rows holds much memory, and is not kept. */
const MOST_ROWS_KEPT = 32_768;

let module: WebAssembly.Module | undefined;
let idle: Kernel | undefined;

/**
 * The inner loop, compiled to WebAssembly: the flow table, records of packets and what else every packet touches lie in
 * its memory, which the slower ways share as typed arrays (see layout.ts). One capture at a time.
 */
export class Kernel {
  readonly exports: Exports;
  readonly state: Int32Array;
  readonly stateDoubles: Float64Array;
  /** The packet that is looked at. */
  readonly packet: Int32Array;
  readonly packetDoubles: Float64Array;
  /** All of the memory but the rows. */
  readonly bytes: Uint8Array;
  /** Where the source of a capture may put its bytes, */
  readonly input: Uint8Array;
  /** and where they are copied when they come from elsewhere: out of compressed ones, for example. */
  readonly copy: Uint8Array;
  // Shared, although no other thread knows of it: growing leaves earlier views of it intact.
  readonly #memory: WebAssembly.Memory;
  #pages = FIRST_PAGES;
  #rows = 0;

  private constructor() {
    module ??= new WebAssembly.Module(Buffer.from(CODE, 'base64'));
    this.#memory = new WebAssembly.Memory({ initial: this.#pages, maximum: MOST_PAGES, shared: true });
    this.exports = new WebAssembly.Instance(module, { env: { memory: this.#memory } }).exports as Exports;
    this.state = this.integersAt(at.STATE_AT, 32);
    this.stateDoubles = this.doublesAt(at.STATE_AT, 16);
    this.packet = this.integersAt(at.PACKET_AT, at.PACKET_INTEGERS);
    this.packetDoubles = this.doublesAt(at.PACKET_AT, at.PACKET_INTEGERS / 2);
    this.bytes = new Uint8Array(this.#memory.buffer, 0, at.ROWS_AT);
    this.input = this.bytes.subarray(at.INPUT_AT, at.INPUT_AT + at.INPUT_BYTES);
    markServers(this.bytes.subarray(at.SERVERS_AT, at.INTERFACE_SETS_AT));
    this.copy = this.bytes.subarray(at.COPY_AT, at.COPY_AT + at.INPUT_BYTES);
  }

  /** A kernel for one capture; what is left in its memory of an earlier one is for its users to clear. */
  static begin(): Kernel {
    const kernel = idle ?? new Kernel();
    idle = undefined;
    return kernel;
  }

  /** The capture ends; the kernel serves the next one. */
  end(): void {
    if (this.#rows <= MOST_ROWS_KEPT) idle = this;
  }

  /** All of the memory as it is now. */
  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  integersAt(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length);
  }

  doublesAt(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, length);
  }

  /**
   * Makes room for so many rows of flows; those that were there remain.
   * @throws CaptureError when there cannot be so many
   */
  reserveRows(rows: number): { integers: Int32Array; doubles: Float64Array } {
    if (rows > at.MOST_FLOWS) throw new CaptureError(`there are more than ${at.MOST_FLOWS} flows at once`);
    const integers = rows * ROW_INTEGERS;
    const pages = Math.ceil((at.ROWS_AT + integers * 4) / PAGE);
    if (pages > this.#pages) this.#grow(pages, rows);
    this.#rows = Math.max(this.#rows, rows);
    return {
      integers: this.integersAt(at.ROWS_AT, integers),
      doubles: this.doublesAt(at.ROWS_AT, integers / 2),
    };
  }

  #grow(pages: number, rows: number): void {
    try {
      this.#memory.grow(pages - this.#pages);
    } catch (cause) {
      throw new CaptureError(`there is no memory for ${rows} flows at once`, { cause });
    }
    this.#pages = pages;
  }
}
