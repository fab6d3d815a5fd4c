import type { AddressBook } from './address-book.ts';
import type { Statement } from './finding.ts';
import type { ConnRow, DnsRow, HttpRow, SslRow } from './rows.ts';
import type { Path } from './traffic.ts';

/** The capture as a whole, from its row in `capture`. */
export interface CaptureFacts {
  packets: number;
  drops: number | null; // by the capturing tool; null when it did not say
  lastTs: bigint | null;
}

export interface Conclusion {
  capture: CaptureFacts;
  /** Names of addresses, for tables whose rows carry none. */
  book: AddressBook;
}

/**
 * One question asked of a whole capture. It sees every row once, in no promised order across tables, keeps a
 * bounded memory of them, and says at the end what it found. Cursors are only valid during the call.
 */
export interface Rule {
  readonly name: string;
  /** `path` is undefined when the flow is not TCP, or beyond what is counted. */
  conn?(row: ConnRow, path: Path | undefined): void;
  dns?(row: DnsRow): void;
  ssl?(row: SslRow): void;
  http?(row: HttpRow): void;
  conclude(conclusion: Conclusion): Statement[];
}
