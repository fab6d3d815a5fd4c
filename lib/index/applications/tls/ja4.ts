/** JA4, the fingerprint of a TLS client (FoxIO, "JA4: TLS Client Fingerprinting", BSD-3-Clause). */

import { hash } from 'node:crypto';
import type { ClientHello } from './client-hello.ts';
import { isGrease } from './constants.ts';

const SERVER_NAME = 0;
const ALPN = 16;
const NONE = '000000000000';

const VERSIONS: Readonly<Record<number, string>> = {
  2: 's2',
  768: 's3',
  769: '10',
  770: '11',
  771: '12',
  772: '13',
};

/** `transport` is t for TCP, q for QUIC. */
export function ja4(hello: ClientHello, transport: 't' | 'q'): string {
  const ciphers = hello.ciphers.filter(cipher => !isGrease(cipher));
  const extensions = hello.extensions.filter(type => !isGrease(type));
  const offered = hello.versions.filter(version => !isGrease(version));
  const version = VERSIONS[offered.length > 0 ? Math.max(...offered) : hello.version] ?? '00';
  const name = extensions.includes(SERVER_NAME) ? 'd' : 'i';
  const head = `${transport}${version}${name}${count(ciphers)}${count(extensions)}${alpn(hello.protocols[0])}`;
  return `${head}_${digest(sorted(ciphers))}_${extensionDigest(extensions, hello.signatureAlgorithms)}`;
}

function extensionDigest(extensions: number[], signatureAlgorithms: number[]): string {
  const types = sorted(extensions.filter(type => type !== SERVER_NAME && type !== ALPN));
  const signatures = signatureAlgorithms.filter(algorithm => !isGrease(algorithm)).map(hex4);
  if (types.length === 0 && signatures.length === 0) return NONE;
  return digest(signatures.length === 0 ? types : [`${types.join(',')}_${signatures.join(',')}`]);
}

function sorted(values: number[]): string[] {
  return values.map(hex4).sort();
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0');
}

function count(list: number[]): string {
  return String(Math.min(99, list.length)).padStart(2, '0');
}

function digest(parts: string[]): string {
  if (parts.length === 0) return NONE;
  return hash('sha256', parts.join(','), 'hex').slice(0, 12);
}

/** First and last character of the first protocol; of its hexadecimal form where one is not alphanumeric. */
function alpn(protocol: string | undefined): string {
  if (!protocol) return '00';
  const ends = protocol[0]! + protocol.at(-1)!;
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  const hex = Buffer.from(protocol, 'latin1').toString('hex');
  return hex[0]! + hex.at(-1)!;
}
