import { FILE_HEADER, isPcap, PcapFormat } from './pcap-format.ts';

/** Bytes of a classic pcap that tell it well enough. */
export const AVERAGE_RECORD_BYTES = 65_536;

/** How many bytes a record takes on average in `head`, the first bytes of a file; undefined where that is no classic pcap with one. */
export function averageRecord(head: Uint8Array): number | undefined {
  if (head.length < FILE_HEADER || !isPcap(head)) return undefined;
  const pcap = new PcapFormat(head, 0);
  let records = 0;
  let at = FILE_HEADER;
  while (at + pcap.recordHeader <= head.length) {
    at += pcap.recordHeader + pcap.caplen(head, at);
    records++;
  }
  return records === 0 ? undefined : (at - FILE_HEADER) / records;
}
