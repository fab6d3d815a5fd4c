/** Resource records as Zeek writes them into `answers`. */

import { ipv4Text, ipv6Text } from '../address-text.ts';
import { hex, u16 } from '../bytes.ts';
import { printable } from '../text.ts';
import { readName, skipName } from './name.ts';

const MAX_TEXT = 2048;

/** Text of the record data at `at..at + length`; undefined when it is cut or malformed; '' is not logged. */
export function recordText(
  type: number,
  buf: Uint8Array,
  at: number,
  length: number,
  start: number,
  end: number,
  owner: number,
): string | undefined {
  const stop = at + length;
  switch (type) {
    case 1:
      return length === 4 ? ipv4Text(buf, at) : undefined;
    case 28:
      return length === 16 ? ipv6Text(buf, at) : undefined;
    case 2: // NS
    case 5: // CNAME
    case 6: // SOA: the primary server
    case 12: // PTR
    case 39: // DNAME
      return readName(buf, at, start, end);
    case 15: // MX, after the preference
      return length > 2 ? readName(buf, at + 2, start, end) : undefined;
    case 33: // SRV, after priority, weight and port
      return length > 6 ? readName(buf, at + 6, start, end) : undefined;
    case 16:
      return strings('TXT', buf, at, stop);
    case 99:
      return strings('SPF', buf, at, stop);
    case 13: {
      const parts = characterStrings(buf, at, stop);
      return parts && `HINFO ${parts.join(' ')}`;
    }
    case 11: // WKS
      return '';
    default:
      return otherText(type, buf, at, stop, start, end, owner);
  }
}

/** Records seen less often. */
function otherText(
  type: number,
  buf: Uint8Array,
  at: number,
  stop: number,
  start: number,
  end: number,
  owner: number,
): string | undefined {
  const length = stop - at;
  switch (type) {
    case 43: // DS: key tag, algorithm, digest type
      return length >= 4 ? `DS ${buf[at + 2]} ${buf[at + 3]}` : undefined;
    case 44: // SSHFP: algorithm, type, fingerprint
      return length > 2 ? `SSHFP: ${hex(buf, at + 2, Math.min(stop, at + 66))}` : undefined;
    case 46: // RRSIG: type covered … signer's name at 18
      return length > 18 ? `RRSIG ${u16(buf, at)} ${rooted(readName(buf, at + 18, start, end))}` : undefined;
    case 47: {
      const name = readName(buf, owner, start, end);
      const next = readName(buf, at, start, end);
      return name === undefined || next === undefined ? undefined : `NSEC ${name} ${next}`;
    }
    case 48: // DNSKEY: flags, protocol, algorithm
      return length >= 4 ? `DNSKEY ${buf[at + 3]}` : undefined;
    case 50:
      return 'NSEC3';
    case 51:
      return 'NSEC3PARAM';
    case 35: // NAPTR: order, preference, three strings, name
      return naptr(buf, at, stop, start, end);
    case 64: // SVCB and HTTPS: priority, target (RFC 9460)
    case 65: {
      const target = length > 2 ? readName(buf, at + 2, start, end) : undefined;
      return target === undefined ? undefined : `${type === 64 ? 'SVCB' : 'HTTPS'} ${u16(buf, at)} ${target}`;
    }
    case 257: // CAA: flags, tag, value (RFC 8659)
      return caa(buf, at, stop);
    default:
      return `<unknown type=${type}>`;
  }
}

function rooted(name: string | undefined): string {
  return name === undefined || name === '.' ? '<Root>' : name;
}

function characterStrings(buf: Uint8Array, at: number, stop: number): string[] | undefined {
  const parts: string[] = [];
  let total = 0;
  for (let pos = at; pos < stop; pos += 1 + buf[pos]!) {
    const next = pos + 1 + buf[pos]!;
    if (next > stop) return undefined;
    total += buf[pos]! + 1;
    if (total > MAX_TEXT) break;
    parts.push(printable(buf, pos + 1, next));
  }
  return parts;
}

function strings(prefix: string, buf: Uint8Array, at: number, stop: number): string | undefined {
  const parts = characterStrings(buf, at, stop);
  return parts?.map(part => `${prefix} ${part.length} ${part}`).join(' ');
}

function naptr(buf: Uint8Array, at: number, stop: number, start: number, end: number): string | undefined {
  if (stop - at < 7) return undefined;
  const parts: string[] = [];
  let pos = at + 4;
  for (let i = 0; i < 3; i++) {
    const next = pos + 1 + (pos < stop ? buf[pos]! : 0);
    if (next > stop) return undefined;
    parts.push(printable(buf, pos + 1, next));
    pos = next;
  }
  const name = skipName(buf, pos, stop) < 0 ? undefined : readName(buf, pos, start, end);
  if (name === undefined) return undefined;
  return `NAPTR ${u16(buf, at)} ${u16(buf, at + 2)} ${parts.join(' ')} ${name}`;
}

function caa(buf: Uint8Array, at: number, stop: number): string | undefined {
  if (stop - at < 2) return undefined;
  const tagEnd = at + 2 + buf[at + 1]!;
  if (tagEnd > stop) return undefined;
  const tag = printable(buf, at + 2, tagEnd);
  return `CAA ${buf[at]} ${tag} ${printable(buf, tagEnd, Math.min(stop, tagEnd + MAX_TEXT))}`;
}
