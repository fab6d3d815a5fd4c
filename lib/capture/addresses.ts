import { isIP, isIPv6 } from 'node:net';

/** One address or one network, as it is written in a filter. */
export interface Address {
  text: string; // as pcap-filter takes it
  network: boolean;
}

/**
 * Reads an IP address or a network in CIDR form (bits behind the mask must be zero, as tcpdump demands);
 * undefined when it is neither.
 */
export function parseAddress(text: string): Address | undefined {
  if (isIP(text)) return text.includes('%') ? undefined : { text, network: false };
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const [host, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  if (!isIP(host) || host.includes('%') || !/^\d{1,3}$/.test(bits)) return undefined;
  const bytes = addressBytes(host);
  const length = Number(bits);
  if (length > bytes.length * 8 || !isZeroBehind(bytes, length)) return undefined;
  return { text: `${host}/${length}`, network: true };
}

/** The 4 or 16 bytes of a valid IP address. */
export function addressBytes(host: string): number[] {
  if (!isIPv6(host)) return host.split('.').map(Number);
  let text = host;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(host);
  if (dotted) {
    const [a = 0, b = 0, c = 0, d = 0] = (dotted[2] ?? '').split('.').map(Number);
    text = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head = '', tail] = text.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map(word => Number.parseInt(word, 16)));
  const before = words(head);
  const after = tail === undefined ? [] : words(tail);
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap(word => [word >> 8, word & 0xff]);
}

/** True when all bits behind the first `length` are zero. */
export function isZeroBehind(bytes: number[], length: number): boolean {
  return bytes.every((byte, i) => {
    const kept = Math.min(8, Math.max(0, length - i * 8));
    return (byte & (0xff >> kept)) === 0;
  });
}
