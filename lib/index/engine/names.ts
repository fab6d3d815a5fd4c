/** How addresses, protocols and flows are written. */
import { createHash } from 'node:crypto';

function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** RFC 5952: lower case, the longest run of two or more zero groups shortened. */
function ipv6Text(integers: Int32Array, at: number): string {
  const groups: number[] = [];
  for (let word = 0; word < 4; word++) {
    groups.push(integers[at + word]! >>> 16, integers[at + word]! & 0xffff);
  }
  let runStart = -1;
  let runLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > runLength) {
      runStart = start;
      runLength = length;
    }
  }
  const isMapped = runStart === 0 && runLength === 5 && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${ipv4Text(integers[at + 3]!)}`;
  const hex = (part: number[]) => part.map(group => group.toString(16)).join(':');
  if (runStart === -1) return hex(groups);
  return `${hex(groups.slice(0, runStart))}::${hex(groups.slice(runStart + runLength))}`;
}

/** An address of IP version 4 or 6, of which the first word, or all four, are at `integers[at]`. */
export function addressText(version: number, integers: Int32Array, at: number): string {
  return version === 4 ? ipv4Text(integers[at]!) : ipv6Text(integers, at);
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'hopopt',
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmp6',
  59: 'ipv6-nonxt',
  88: 'eigrp',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  115: 'l2tp',
  132: 'sctp',
};

export function protocolName(protocol: number): string {
  return PROTOCOLS[protocol] ?? `ip-${protocol}`;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The part of a uid that tells captures apart: 11 characters of base 62, 65 bits. */
export function uidPrefix(identity: string): string {
  let rest = BigInt(`0x${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`);
  let prefix = 'C';
  for (let digit = 0; digit < 11; digit++) {
    prefix += BASE62[Number(rest % 62n)];
    rest /= 62n;
  }
  return prefix;
}

/** RFC 3339 with nanoseconds. */
export function timestampText(nanoseconds: bigint): string {
  const second = 1_000_000_000n;
  let seconds = nanoseconds / second;
  let fraction = nanoseconds % second;
  if (fraction < 0n) {
    fraction += second;
    seconds -= 1n;
  }
  // Clocks may say anything; dates of JavaScript end in the year 275760.
  const milliseconds = Math.max(-8.64e15, Math.min(8.64e15, Number(seconds) * 1000));
  const date = new Date(milliseconds).toISOString();
  return `${date.slice(0, -5)}.${fraction.toString().padStart(9, '0')}Z`;
}
