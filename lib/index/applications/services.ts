/** Protocols that are only named: `conn.service` in Zeek's words, told from ports and first bytes. */

import type { Direction } from '../analyser.ts';
import { u16, u32 } from './bytes.ts';

/** A service by its name; some turn to TLS in the middle. */
export interface Service {
  readonly name: string;
  readonly startTls: boolean;
}

function named(name: string, startTls = false): Service {
  return { name, startTls };
}

const SSH = named('ssh');
const SMTP = named('smtp', true);
const FTP = named('ftp', true);
const POP3 = named('pop3', true);
const IMAP = named('imap', true);
const IRC = named('irc', true);
const XMPP = named('xmpp', true);
const MYSQL = named('mysql', true);
const POSTGRESQL = named('postgresql', true);
const REDIS = named('redis');
const MQTT = named('mqtt');
const AMQP = named('amqp');
const KAFKA = named('kafka');
const MONGODB = named('mongodb');
const SMB = named('smb');
const RDP = named('rdp');
const SOCKS = named('socks');
const NTP = named('ntp');
const DHCP = named('dhcp');
const SNMP = named('snmp');
const SYSLOG = named('syslog');
const SIP = named('sip');
const STUN = named('stun');
const RADIUS = named('radius');
const NBNS = named('nbns');
const SSDP = named('ssdp');
const WIREGUARD = named('wireguard');
const LDAP = named('ldap', true);
const TELNET = named('telnet');
const BITTORRENT = named('bittorrent');

function startsWith(buf: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (buf[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** What a stream begins with, and the service that it tells, perhaps together with the responder's port. */
const MAGICS: [text: string, service: (respPort: number) => Service | undefined][] = [
  ['SSH-', () => SSH],
  ['AMQP', () => AMQP],
  ['\x13BitTorrent protocol', () => BITTORRENT],
  ['220', port => (port === 21 ? FTP : SMTP)],
  ['EHLO ', () => SMTP],
  ['HELO ', () => SMTP],
  ['+OK ', () => POP3],
  ['* OK', () => IMAP],
  ['<stream:stream', xmpp],
  ['<?xml ', xmpp],
  ['CAP LS', () => IRC],
  ['NICK ', () => IRC],
  [':irc', () => IRC],
];
/** By first byte: most streams begin with none of them. */
const MAGICS_BY_FIRST = Array.from({ length: 256 }, (_, first) =>
  MAGICS.filter(([text]) => text.charCodeAt(0) === first),
);

/** Protocols in which the server speaks first, and those with a magic; ports only where bytes say too little. */
export function tcpService(
  respPort: number,
  direction: Direction,
  buf: Uint8Array,
  start: number,
  end: number,
): Service | undefined {
  for (const [text, service] of MAGICS_BY_FIRST[buf[start]!]!) {
    if (startsWith(buf, start, end, text)) return service(respPort);
  }
  if (end - start >= 8) {
    const second = u32(buf, start + 4);
    if (second === 0xff534d42 || second === 0xfe534d42) return SMB;
    if (second === 80877103) return POSTGRESQL; // SSLRequest
    if (second === 196608 && u32(buf, start) <= 10000) return POSTGRESQL; // version 3.0
    if (second === 80877102 && end - start >= 16) return POSTGRESQL; // CancelRequest
  }
  if (direction === 1 && isMysqlGreeting(buf, start, end)) return MYSQL;
  if (isMqttConnect(buf, start, end)) return MQTT;
  if (isMongo(buf, start, end)) return MONGODB;
  return tcpByPort(respPort, buf, start, end);
}

/** An XML document on one of XMPP's ports (RFC 6120 section 14.7). */
function xmpp(port: number): Service | undefined {
  return port === 5222 || port === 5269 ? XMPP : undefined;
}

function tcpByPort(port: number, buf: Uint8Array, start: number, end: number): Service | undefined {
  const first = buf[start]!;
  switch (port) {
    case 23:
      return first === 0xff ? TELNET : undefined;
    case 389:
    case 3268:
      return first === 0x30 ? LDAP : undefined;
    case 1080:
      return first === 4 || first === 5 ? SOCKS : undefined;
    case 3389:
      return first === 3 && buf[start + 1] === 0 ? RDP : undefined;
    case 6379:
      return '*+$-:'.includes(String.fromCharCode(first)) ? REDIS : undefined;
    case 9092:
      return end - start >= 8 && u32(buf, start) < 0x1000000 && u16(buf, start + 4) < 128 ? KAFKA : undefined;
    default:
      return undefined;
  }
}

function isMysqlGreeting(buf: Uint8Array, start: number, end: number): boolean {
  // Length of three bytes, sequence 0, protocol 10, a version that begins with a digit.
  return (
    end - start > 10 &&
    buf[start + 2] === 0 &&
    buf[start + 3] === 0 &&
    buf[start + 4] === 10 &&
    buf[start + 5]! >= 0x30 &&
    buf[start + 5]! <= 0x39
  );
}

function isMqttConnect(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 10 || buf[start] !== 0x10) return false;
  let pos = start + 1;
  while (pos < start + 4 && buf[pos]! >= 0x80) pos++;
  return startsWith(buf, pos + 1, end, '\0\x04MQTT') || startsWith(buf, pos + 1, end, '\0\x06MQIsdp');
}

function isMongo(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 16 || buf[start + 14] !== 0 || buf[start + 15] !== 0) return false;
  const opcode = buf[start + 12]! | (buf[start + 13]! << 8);
  const length = buf[start]! | (buf[start + 1]! << 8) | (buf[start + 2]! << 16) | (buf[start + 3]! << 24);
  return (opcode === 2013 || opcode === 2004) && length >= 16 && length <= 48_000_000;
}

export function udpService(
  origPort: number,
  respPort: number,
  buf: Uint8Array,
  start: number,
  end: number,
): Service | undefined {
  const length = end - start;
  if (length >= 20 && u32(buf, start + 4) === 0x2112a442 && buf[start]! < 4) return STUN; // RFC 8489 magic cookie
  if (startsWith(buf, start, end, 'M-SEARCH * HTTP') || startsWith(buf, start, end, 'NOTIFY * HTTP'))
    return SSDP;
  if (length >= 240 && u32(buf, start + 236) === 0x63825363) return DHCP; // RFC 2131 magic cookie
  return udpByPort(respPort, buf, start, end) ?? udpByPort(origPort, buf, start, end);
}

function udpByPort(port: number, buf: Uint8Array, start: number, end: number): Service | undefined {
  const length = end - start;
  const first = buf[start]!;
  switch (port) {
    case 67:
    case 68:
      return first === 1 || first === 2 ? DHCP : undefined;
    case 123: // version 1 to 4, a mode that is not reserved
      return (first & 7) !== 0 && ((first >> 3) & 7) >= 1 && ((first >> 3) & 7) <= 4 ? NTP : undefined;
    case 137:
      return length >= 12 ? NBNS : undefined;
    case 161:
    case 162:
      return first === 0x30 ? SNMP : undefined;
    case 514:
      return first === 0x3c ? SYSLOG : undefined;
    case 1812:
    case 1813:
      return length >= 20 && u16(buf, start + 2) <= length ? RADIUS : undefined;
    case 5060:
      return first >= 0x41 && first <= 0x5a ? SIP : undefined;
    case 51820:
      return first >= 1 && first <= 4 && (buf[start + 1]! | buf[start + 2]! | buf[start + 3]!) === 0
        ? WIREGUARD
        : undefined;
    default:
      return undefined;
  }
}
