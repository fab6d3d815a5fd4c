/**
 * The clock of a capture: times are float64 nanoseconds after a whole second. They are exact for 104 days
 * around it, and beyond that, too, once rounded to `unit`, unless that is below a microsecond.
 */
export class Clock {
  /** Seconds since the Unix epoch of time 0; set by the first record. */
  epochSeconds = 0;
  started = false;
  /** Nanoseconds of the finest unit in which the files count. */
  unit = 1000;
  /** Time of the record that is being visited; a typed array, so that no call boxes a double. */
  readonly now = new Float64Array(1);

  start(seconds: number): void {
    this.epochSeconds = seconds;
    this.started = true;
  }

  get epoch(): bigint {
    return BigInt(this.epochSeconds) * 1_000_000_000n;
  }
}

/** What a capture file says about an interface (a classic pcap has exactly one). */
export interface CaptureInterface {
  linkType: number;
  snaplen: number; // 0: not limited
  name: string | null;
}

/** Records of a little-endian pcap that follow each other: how they are read, and what was taken of them. */
export interface PcapRun {
  readonly recordHeader: number;
  /** Units of time in a second. */
  readonly perSecond: number;
  /** Captured bytes beyond which a record looks odd. */
  readonly mostCaplen: number;
  /** Time of the last record. */
  lastSeconds: number;
  /** Records that were taken. */
  count: number;
}

/** Told what a reader finds, in the order of the file. */
export interface RecordVisitor {
  /** `index` counts from 0 through a whole file, over all sections of a pcapng. */
  interface(index: number, description: CaptureInterface): void;
  /**
   * One packet: its record header is at `bytes[header]`, its data at `bytes[start..start + caplen)`; `origlen`
   * is its length on the wire. Its time is in `clock.now`. The bytes are only valid during the call.
   */
  packet(
    bytes: Uint8Array,
    header: number,
    start: number,
    caplen: number,
    origlen: number,
    interfaceIndex: number,
  ): void;
  /**
   * Takes records of a little-endian pcap from `bytes[start]` on by itself, as many as it can, tells `run`
   * of them, and returns where the next one begins.
   */
  takeRun?(bytes: Uint8Array, start: number, end: number, run: PcapRun): number;
  /** Packets that the capturing side reports as lost on an interface, in total so far. */
  drops(interfaceIndex: number, count: number): void;
  /** Program and system that wrote the file. */
  tool(name: string): void;
  /** The file is damaged: `bytes` were passed over, up to the next record that makes sense. */
  skipped(reason: string, bytes: number): void;
  /** Something odd that did not stop the reader: Zeek's notion of a weird. */
  weird(name: string, detail: string): void;
}

/** Reads records out of a row of chunks; one instance per file. */
export interface RecordReader {
  /**
   * Visits the records that are whole in `bytes[start..end)` and returns where the first one that is not
   * begins. Sets `needed` to how many bytes that one takes at least, and `failure` once nothing more can be read.
   */
  read(bytes: Uint8Array, start: number, end: number): number;
  /** As `read`, of the last bytes of the file. */
  end(bytes: Uint8Array, start: number, end: number): number;
  readonly needed: number;
  readonly failure: string | null;
}
