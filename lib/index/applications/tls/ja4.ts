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
  return `${head}_${digest(ciphers, [])}_${extensionDigest(extensions, hello.signatureAlgorithms)}`;
}

function extensionDigest(extensions: number[], signatureAlgorithms: number[]): string {
  const types = extensions.filter(type => type !== SERVER_NAME && type !== ALPN);
  return digest(
    types,
    signatureAlgorithms.filter(algorithm => !isGrease(algorithm)),
  );
}

/** Digests that were made: clients are of few kinds. */
const digests = new Map<string, string>();
const MAX_DIGESTS = 4096;
const MAX_KEY = 512; // a longer hello is odd, and not kept

/** Of the values in rising order, and of `suffix` as it is behind them. */
function digest(values: number[], suffix: number[]): string {
  if (values.length === 0 && suffix.length === 0) return NONE;
  const words = new Uint16Array(1 + values.length + suffix.length);
  words[0] = values.length;
  words.set(values, 1);
  const rising = words.subarray(1, 1 + values.length).sort();
  words.set(suffix, 1 + values.length);
  const key = Buffer.from(words.buffer).toString('latin1');
  let made = digests.get(key);
  if (made === undefined) {
    const text = hexList([...rising]) + (suffix.length > 0 ? `_${hexList(suffix)}` : '');
    made = hash('sha256', text, 'hex').slice(0, 12);
    if (digests.size >= MAX_DIGESTS) digests.clear();
    if (key.length <= MAX_KEY) digests.set(key, made);
  }
  return made;
}

function hexList(values: number[]): string {
  return values.map(value => value.toString(16).padStart(4, '0')).join(',');
}

function count(list: number[]): string {
  return String(Math.min(99, list.length)).padStart(2, '0');
}

/** First and last character of the first protocol; of its hexadecimal form where one is not alphanumeric. */
function alpn(protocol: string | undefined): string {
  if (!protocol) return '00';
  const ends = protocol[0]! + protocol.at(-1)!;
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  const hex = Buffer.from(protocol, 'latin1').toString('hex');
  return hex[0]! + hex.at(-1)!;
}
