import { createReadStream } from 'node:fs';
import { DEFAULT_LIMITS } from '../lib/pcap/limits.ts';
import { PcapReader } from '../lib/pcap/pcap.ts';
import { Clock, type RecordVisitor } from '../lib/pcap/record.ts';
import { RecordFeed } from '../lib/pcap/record-feed.ts';

const READ_BYTES = 1024 * 1024;

export interface Contents {
  packets: number; // that are whole
  whole: boolean; // false: the file ends within a packet, or something in it is no packet
}

/**
 * Counts the packets of a file that tcpdump has written. tcpdump does not look whether its writes succeed: on a
 * full disk it goes on, and counts what it has lost as captured.
 */
export async function countPackets(file: string): Promise<Contents> {
  let packets = 0;
  let isDamaged = false;
  const visitor: RecordVisitor = {
    packet: () => {
      packets++;
    },
    interface: () => {},
    drops: () => {},
    tool: () => {},
    skipped: () => {
      isDamaged = true;
    },
    weird: () => {},
  };
  const reader = new PcapReader(visitor, new Clock(), DEFAULT_LIMITS);
  const feed = new RecordFeed(reader);
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES })) {
    bytes += (chunk as Buffer).length;
    feed.push(chunk as Buffer);
  }
  feed.end();
  return { packets, whole: !isDamaged && bytes > 0 && feed.rest === 0 && reader.failure === null };
}
