import type { AddressBook } from './address-book.ts';
import type { Statement } from './finding.ts';
import type { Resolvers } from './queries/resolvers.ts';
import type { Requests } from './requests.ts';
import type { ConnRow, DnsRow, HttpRow, SslRow } from './rows.ts';
import type { Traffic } from './traffic/traffic.ts';

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
  traffic: Traffic;
  resolvers: Resolvers;
  requests: Requests;
}

/** Which rows of a table a rule wants to see. */
export interface Watch<Row> {
  readonly signs: number; // any of these
  see(row: Row): void;
}

/**
 * One question asked of a whole capture. It sees the rows that it wants once, in no promised order across tables, keeps
 * a bounded memory of them, and says at the end what it found. Cursors are only valid during the call.
 */
export interface Rule {
  readonly name: string;
  readonly conn?: Watch<ConnRow>;
  readonly dns?: Watch<DnsRow>;
  readonly ssl?: Watch<SslRow>;
  readonly http?: Watch<HttpRow>;
  conclude(conclusion: Conclusion): Statement[];
}
