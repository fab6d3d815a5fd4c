/** Protocols that are only named, told from ports and first bytes: numbers of services.ts of the kernel, 0 for none. */

import { byte, half, matches, word } from '../../assembly/bytes';
import * as service from '../services';

/** Whether a protocol may turn to TLS in the middle. */
export function mayTurnToTls(number: i32): bool {
  switch (number) {
    case service.SMTP:
    case service.FTP:
    case service.POP3:
    case service.IMAP:
    case service.IRC:
    case service.XMPP:
    case service.MYSQL:
    case service.POSTGRESQL:
    case service.LDAP:
      return true;
    default:
      return false;
  }
}

/** Protocols in which the server speaks first, and those with a magic; ports only where bytes say too little. */
export function tcpService(respPort: i32, direction: i32, start: i32, end: i32): i32 {
  const magic = byMagic(respPort, start, end);
  if (magic !== UNKNOWN) return magic;
  if (end - start >= 8) {
    const second = word(start + 4);
    if (second === <i32>0xff534d42 || second === <i32>0xfe534d42) return service.SMB;
    if (second === 80877103) return service.POSTGRESQL; // SSLRequest
    if (second === 196608 && <u32>word(start) <= 10000) return service.POSTGRESQL; // version 3.0
    if (second === 80877102 && end - start >= 16) return service.POSTGRESQL; // CancelRequest
  }
  if (direction === 1 && isMysqlGreeting(start, end)) return service.MYSQL;
  if (isMqttConnect(start, end)) return service.MQTT;
  if (isMongo(start, end)) return service.MONGODB;
  return tcpByPort(respPort, start, end);
}

const UNKNOWN: i32 = -1;

/** What a stream begins with: most streams begin with none of these bytes. */
function byMagic(respPort: i32, start: i32, end: i32): i32 {
  switch (byte(start)) {
    case 0x53: // S
      return matches(start, end, 'SSH-') ? service.SSH : UNKNOWN;
    case 0x41: // A
      return matches(start, end, 'AMQP') ? service.AMQP : UNKNOWN;
    case 0x13:
      return matches(start, end, '\x13BitTorrent protocol') ? service.BITTORRENT : UNKNOWN;
    case 0x32: // 2
      if (!matches(start, end, '220')) return UNKNOWN;
      return respPort === 21 ? service.FTP : service.SMTP;
    case 0x45: // E
      return matches(start, end, 'EHLO ') ? service.SMTP : UNKNOWN;
    case 0x48: // H
      return matches(start, end, 'HELO ') ? service.SMTP : UNKNOWN;
    case 0x2b: // +
      return matches(start, end, '+OK ') ? service.POP3 : UNKNOWN;
    case 0x2a: // *
      return matches(start, end, '* OK') ? service.IMAP : UNKNOWN;
    case 0x3c: // <
      if (!matches(start, end, '<stream:stream') && !matches(start, end, '<?xml ')) return UNKNOWN;
      return respPort === 5222 || respPort === 5269 ? service.XMPP : 0; // RFC 6120 section 14.7
    case 0x43: // C
      return matches(start, end, 'CAP LS') ? service.IRC : UNKNOWN;
    case 0x4e: // N
      return matches(start, end, 'NICK ') ? service.IRC : UNKNOWN;
    case 0x3a: // :
      return matches(start, end, ':irc') ? service.IRC : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

function tcpByPort(port: i32, start: i32, end: i32): i32 {
  const first = byte(start);
  switch (port) {
    case 23:
      return first === 0xff ? service.TELNET : 0;
    case 389:
    case 3268:
      return first === 0x30 ? service.LDAP : 0;
    case 1080:
      return first === 4 || first === 5 ? service.SOCKS : 0;
    case 3389:
      return first === 3 && end - start > 1 && byte(start + 1) === 0 ? service.RDP : 0;
    case 6379: // * + $ - :
      return first === 0x2a || first === 0x2b || first === 0x24 || first === 0x2d || first === 0x3a
        ? service.REDIS
        : 0;
    case 9092:
      return end - start >= 8 && <u32>word(start) < 0x1000000 && half(start + 4) < 128 ? service.KAFKA : 0;
    default:
      return 0;
  }
}

/** Length of three bytes, sequence 0, protocol 10, a version that begins with a digit. */
function isMysqlGreeting(start: i32, end: i32): bool {
  return (
    end - start > 10 &&
    byte(start + 2) === 0 &&
    byte(start + 3) === 0 &&
    byte(start + 4) === 10 &&
    byte(start + 5) >= 0x30 &&
    byte(start + 5) <= 0x39
  );
}

function isMqttConnect(start: i32, end: i32): bool {
  if (end - start < 10 || byte(start) !== 0x10) return false;
  let at = start + 1;
  while (at < start + 4 && byte(at) >= 0x80) at++;
  return matches(at + 1, end, '\0\x04MQTT') || matches(at + 1, end, '\0\x06MQIsdp');
}

function isMongo(start: i32, end: i32): bool {
  if (end - start < 16 || byte(start + 14) !== 0 || byte(start + 15) !== 0) return false;
  const opcode = <i32>load<u16>(start, 12);
  const length = load<i32>(start);
  return (opcode === 2013 || opcode === 2004) && length >= 16 && length <= 48000000;
}

export function udpService(origPort: i32, respPort: i32, start: i32, end: i32): i32 {
  const length = end - start;
  if (length >= 20 && word(start + 4) === 0x2112a442 && byte(start) < 4) return service.STUN; // RFC 8489 magic cookie
  if (matches(start, end, 'M-SEARCH * HTTP') || matches(start, end, 'NOTIFY * HTTP')) return service.SSDP;
  if (length >= 240 && word(start + 236) === 0x63825363) return service.DHCP; // RFC 2131 magic cookie
  const byResponder = udpByPort(respPort, start, end);
  return byResponder !== 0 ? byResponder : udpByPort(origPort, start, end);
}

function udpByPort(port: i32, start: i32, end: i32): i32 {
  const length = end - start;
  const first = byte(start);
  switch (port) {
    case 67:
    case 68:
      return first === 1 || first === 2 ? service.DHCP : 0;
    case 123: // version 1 to 4, a mode that is not reserved
      return (first & 7) !== 0 && ((first >> 3) & 7) >= 1 && ((first >> 3) & 7) <= 4 ? service.NTP : 0;
    case 137:
      return length >= 12 ? service.NBNS : 0;
    case 161:
    case 162:
      return first === 0x30 ? service.SNMP : 0;
    case 514:
      return first === 0x3c ? service.SYSLOG : 0;
    case 1812:
    case 1813:
      return length >= 20 && half(start + 2) <= length ? service.RADIUS : 0;
    case 5060:
      return first >= 0x41 && first <= 0x5a ? service.SIP : 0;
    case 51820:
      return isWireguard(start, end) ? service.WIREGUARD : 0;
    default:
      return 0;
  }
}

/** A type of message, and three zeros. */
function isWireguard(start: i32, end: i32): bool {
  const first = byte(start);
  if (end - start < 4 || first < 1 || first > 4) return false;
  return (byte(start + 1) | byte(start + 2) | byte(start + 3)) === 0;
}
