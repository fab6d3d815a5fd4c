import { PROTOCOL_ICMP } from '../../pcap/protocols.ts';

/** Types that come in pairs of question and answer; Zeek shows the pair as the two ports of the flow. */
const PAIRS_4 = [
  [8, 0], // echo
  [13, 14], // timestamp
  [15, 16], // information
  [17, 18], // address mask
  [10, 9], // router solicitation
] as const;
const PAIRS_6 = [
  [128, 129], // echo
  [130, 131], // multicast listener
  [133, 134], // router
  [135, 136], // neighbour
  [139, 140], // node information
  [144, 145], // home agent address discovery
] as const;

function table(pairs: readonly (readonly [number, number])[]): Int16Array {
  const counterparts = new Int16Array(256).fill(-1);
  for (const [question, answer] of pairs) {
    counterparts[question] = answer;
    counterparts[answer] = question;
  }
  return counterparts;
}

const COUNTERPARTS_4 = table(PAIRS_4);
const COUNTERPARTS_6 = table(PAIRS_6);

/** The type that answers an ICMP or ICMPv6 type, or asked for it; -1 for one that stands alone. */
export function icmpCounterpart(protocol: number, type: number): number {
  return (protocol === PROTOCOL_ICMP ? COUNTERPARTS_4 : COUNTERPARTS_6)[type & 255]!;
}

/** Marks types of ICMP, then of ICMPv6, that stand alone. */
export function markLoneTypes(marks: Uint8Array): void {
  for (let type = 0; type < 256; type++) {
    marks[type] = COUNTERPARTS_4[type] === -1 ? 1 : 0;
    marks[256 + type] = COUNTERPARTS_6[type] === -1 ? 1 : 0;
  }
}
