import { addressBytes, isZeroBehind } from '../addresses.ts';
import { PORTS, PROTOCOL_NUMBERS } from './names.ts';
import { FilterError, numberOf, type Token } from './tokens.ts';

/** Data link type of what is captured: of several interfaces together, or of one. */
export type Link = 'LINUX_SLL2' | 'EN10MB';

/** What the words before an address or a number say about it. */
export interface Qualifiers {
  protocol: string; // '' when none is named
  direction: string;
  address: 'host' | 'net' | 'port' | 'portrange' | 'proto' | 'protochain' | '';
}

const LINK_PROTOCOLS = new Set(['ether', 'link', 'ppp', 'slip', 'fddi', 'tr', 'wlan']);
const HOST_PROTOCOLS = new Set(['', 'ip', 'arp', 'rarp']);
const PORT_PROTOCOLS = new Set(['', 'tcp', 'udp', 'sctp']);
const CARRIERS = new Set(['', 'ip', 'ip6']);
const ETHER_PROTOCOLS = new Set('aarp arp atalk decnet ip ip6 lat loopback mopdl moprc rarp sca'.split(' '));

export const isLinkLevel = (protocol: string) => LINK_PROTOCOLS.has(protocol);

/** Checks one address, number or name against its qualifiers as gencode.c does; throws FilterError. */
export function checkId(token: Token, mask: Token | undefined, q: Qualifiers, link: Link) {
  if (mask !== undefined && q.address !== 'net') throw new FilterError('Mask syntax for networks only');
  switch (token.kind) {
    case 'number':
      return checkNumber(token.value, q);
    case 'ipv4':
      return checkIPv4(token.text, mask, q);
    case 'ipv6':
      return checkIPv6(token.text, mask, q);
    case 'mac':
      return checkMac(q, link);
    case 'id':
      return checkName(token.text, q);
    default:
      throw new FilterError(`"${token.text}" is not an address, a number or a name`);
  }
}

function checkNumber(value: number, q: Qualifiers) {
  if (q.address === 'port' || q.address === 'portrange') {
    checkPortProtocol(q);
    if (value > 65535) throw new FilterError(`illegal port number ${value} > 65535`);
  } else if (q.address === 'proto' || q.address === 'protochain') checkCarrier(q);
  else checkHost(q);
}

function checkIPv4(text: string, mask: Token | undefined, q: Qualifiers) {
  const parts = text.split('.').map(numberOf);
  if (parts.some(part => part > 255)) throw new FilterError(`invalid IPv4 address '${text}'`);
  if (q.address !== '' && q.address !== 'host' && q.address !== 'net') {
    throw new FilterError(`'${q.address}' modifier applied to ip host`);
  }
  checkHost(q);
  if (!mask) return;
  const bytes = [...parts, 0, 0, 0].slice(0, 4);
  if (mask.kind === 'number') {
    if (mask.value > 32) throw new FilterError('mask length must be <= 32');
    if (!isZeroBehind(bytes, mask.value))
      throw new FilterError(`non-network bits set in "${text}/${mask.text}"`);
    return;
  }
  const maskBytes = [...mask.text.split('.').map(numberOf), 0, 0, 0].slice(0, 4);
  if (maskBytes.some(byte => byte > 255)) throw new FilterError(`invalid IPv4 address '${mask.text}'`);
  if (bytes.some((byte, i) => byte & ~(maskBytes[i] ?? 0))) {
    throw new FilterError(`non-network bits set in "${text} mask ${mask.text}"`);
  }
}

function checkIPv6(text: string, mask: Token | undefined, q: Qualifiers) {
  if (q.address !== '' && q.address !== 'host' && q.address !== 'net') {
    throw new FilterError('invalid qualifier against IPv6 address');
  }
  if (q.protocol !== '' && q.protocol !== 'ip6') {
    throw new FilterError(`'${q.protocol}' modifier applied to ip6 host`);
  }
  if (mask?.kind !== 'number') return;
  if (mask.value > 128) throw new FilterError('mask length must be <= 128');
  if (!isZeroBehind(addressBytes(text), mask.value)) {
    throw new FilterError(`non-network bits set in "${text}/${mask.text}"`);
  }
}

function checkMac(q: Qualifiers, link: Link) {
  if (!isLinkLevel(q.protocol) || (q.address !== '' && q.address !== 'host')) {
    throw new FilterError('ethernet address used in non-ether expression');
  }
  if (link !== 'EN10MB') {
    throw new FilterError(
      'ethernet addresses need one interface in captureOption.interfaces: they are not kept when several are captured',
    );
  }
}

function checkName(name: string, q: Qualifiers) {
  switch (q.address) {
    case 'port':
      checkPortProtocol(q);
      checkPort(name, q);
      return;
    case 'portrange': {
      checkPortProtocol(q);
      const range = /^([^-]+)-(.+)$/.exec(name);
      if (!range) throw new FilterError(`a range of ports has two ends: write 'port ${name}'`);
      for (const end of [range[1] ?? '', range[2] ?? '']) checkPort(end, q);
      return;
    }
    case 'proto':
    case 'protochain':
      checkCarrier(q);
      if (isLinkLevel(q.protocol) ? !ETHER_PROTOCOLS.has(name) : !PROTOCOL_NUMBERS.has(name)) {
        throw new FilterError(`unknown protocol '${name}': write its number`);
      }
      return;
    case 'net':
      throw new FilterError(`unknown network '${name}': write its address`);
    default:
      checkHostName(name, q);
  }
}

/** Names are resolved on the node when the capture starts; here they can only be told from what is no name. */
function checkHostName(name: string, q: Qualifiers) {
  checkHost(q);
  const labels = name.split('.');
  const isName = labels.every(label => /^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(label));
  if (!isName || /^[\d.]+$/.test(name)) throw new FilterError(`unknown host '${name}'`);
}

function checkHost({ protocol, address }: Qualifiers) {
  if (HOST_PROTOCOLS.has(protocol)) return;
  if (isLinkLevel(protocol)) throw new FilterError('illegal link layer address');
  throw new FilterError(
    `'${protocol}' modifier applied to ${protocol === 'ip6' ? 'ip host' : address || 'host'}`,
  );
}

function checkPortProtocol({ protocol }: Qualifiers) {
  if (!PORT_PROTOCOLS.has(protocol)) throw new FilterError(`illegal qualifier of 'port': ${protocol}`);
}

function checkPort(text: string, { protocol }: Qualifiers) {
  if (/^\d+$/.test(text)) {
    if (Number(text) > 65535) throw new FilterError(`illegal port number ${text} > 65535`);
    return;
  }
  const carriers = PORTS.get(text);
  if (!carriers) throw new FilterError(`unknown port '${text}': write its number`);
  if (protocol !== '' && !carriers.includes(protocol)) {
    throw new FilterError(`port '${text}' is ${carriers[0]}`);
  }
}

function checkCarrier({ protocol, address }: Qualifiers) {
  const linkLevel = isLinkLevel(protocol) && address === 'proto';
  if (!CARRIERS.has(protocol) && !linkLevel) throw new FilterError(`'${protocol} ${address}' is bogus`);
}
