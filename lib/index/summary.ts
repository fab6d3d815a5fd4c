/** What one indexed file amounts to; `capturectl index --json` prints exactly this. */
export interface CaptureSummary {
  file: string;
  packets: number; // records in the file; all counts below are after de-duplication
  bytes: number; // of the records on the wire
  flows: number;
  firstPacket: string | null; // RFC 3339 with nanoseconds, UTC
  lastPacket: string | null;
  linkTypes: string[];
  partial: false | string; // or why the file could not be read to its end
  duplicates: number;
  retransmissions: number;
  dnsTransactions: number;
  tlsHandshakes: number;
  httpRequests: number;
  findings: number;
}
