import { isIPv6 } from 'node:net';

/** Words of a filter as libpcap's scanner (scanner.l) tells them apart. */
export type Token =
  | { kind: 'word'; text: string } // a keyword of the language
  | { kind: 'id'; text: string } // a name
  | { kind: 'number'; text: string; value: number }
  | { kind: 'ipv4' | 'ipv6' | 'mac'; text: string } // ipv4: two to four numbers
  | { kind: 'symbol'; text: string };

export class FilterError extends Error {}

/** Keywords for protocols; in a filter they stand alone, before a qualifier, or before an index. */
export const PROTOCOLS = new Set(
  'ether link ppp slip fddi tr wlan arp rarp ip ip6 icmp icmp6 igmp igrp pim vrrp carp tcp udp sctp ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is clnp stp ipx netbeui l1 l2 iih lsp snp csnp psnp'.split(
    ' ',
  ),
);

const WORDS = new Set([
  ...PROTOCOLS,
  ...'dst src and or not host net mask port portrange proto protochain gateway type subtype direction dir address1 address2 address3 address4 addr1 addr2 addr3 addr4 ra ta less greater byte broadcast multicast len length inbound outbound ifindex vlan mpls pppoed pppoes geneve lane llc radio on ifname rnr rulenum srnr subrulenum reason rset ruleset action metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls'.split(
    ' ',
  ),
]);

/** Named offsets and values of header fields; scanner.l turns them into numbers. */
const CONSTANTS: Record<string, number> = {
  icmptype: 0,
  icmpcode: 1,
  icmp6type: 0,
  icmp6code: 1,
  tcpflags: 13,
  'tcp-fin': 1,
  'tcp-syn': 2,
  'tcp-rst': 4,
  'tcp-push': 8,
  'tcp-ack': 16,
  'tcp-urg': 32,
  'tcp-ece': 64,
  'tcp-cwr': 128,
  'icmp-echoreply': 0,
  'icmp-unreach': 3,
  'icmp-sourcequench': 4,
  'icmp-redirect': 5,
  'icmp-echo': 8,
  'icmp-routeradvert': 9,
  'icmp-routersolicit': 10,
  'icmp-timxceed': 11,
  'icmp-paramprob': 12,
  'icmp-tstamp': 13,
  'icmp-tstampreply': 14,
  'icmp-ireq': 15,
  'icmp-ireqreply': 16,
  'icmp-maskreq': 17,
  'icmp-maskreply': 18,
  'icmp6-destinationunreach': 1,
  'icmp6-packettoobig': 2,
  'icmp6-timeexceeded': 3,
  'icmp6-parameterproblem': 4,
  'icmp6-echo': 128,
  'icmp6-echoreply': 129,
  'icmp6-multicastlistenerquery': 130,
  'icmp6-multicastlistenerreportv1': 131,
  'icmp6-multicastlistenerdone': 132,
  'icmp6-routersolicit': 133,
  'icmp6-routeradvert': 134,
  'icmp6-neighborsolicit': 135,
  'icmp6-neighboradvert': 136,
  'icmp6-redirect': 137,
};

const NUMBER = /^(?:0[xX][0-9A-Fa-f]+|[0-9]+)$/;
const PART = '(?:0[xX][0-9A-Fa-f]+|[0-9]+)';
const IPV4 = new RegExp(`^${PART}(?:\\.${PART}){1,3}$`);
const MAC =
  /^(?:[0-9A-Fa-f]{1,2}(?:([:.-])[0-9A-Fa-f]{1,2})(?:\1[0-9A-Fa-f]{1,2}){4}|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{12})$/;

const SPACE = /[ \t\r\n]+/y;
const NAME = /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y;
const WITH_COLONS = /[0-9A-Fa-f:]*:\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*/y;
const ESCAPED = /\\([^ !()\n\t]+)/y;
const SYMBOL = /&&|\|\||<<|>>|<=|>=|!=|==|[-|&+*/%^():[\]!<>=]/y;

/** The words of a filter. Throws FilterError at what no filter may contain. */
export function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(filter);
  };
  while (at < filter.length) {
    const space = match(SPACE);
    if (space) {
      at += space[0].length;
      continue;
    }
    const address = match(WITH_COLONS)?.[0] ?? '';
    const name = match(NAME)?.[0] ?? '';
    const escaped = match(ESCAPED);
    const text = longest(address, name);
    if (text !== '') {
      tokens.push(classify(text));
      at += text.length;
    } else if (escaped) {
      tokens.push({ kind: 'id', text: escaped[1] ?? '' });
      at += escaped[0].length;
    } else {
      const symbol = match(SYMBOL)?.[0];
      if (!symbol)
        throw new FilterError(`illegal character ${JSON.stringify(filter[at])} at position ${at + 1}`);
      tokens.push({ kind: 'symbol', text: symbol });
      at += symbol.length;
    }
  }
  return tokens;
}

/** An address with colons only counts where it is one: in "ip[0:1]" the colon is a symbol. */
const longest = (address: string, name: string) =>
  address.length > name.length && (isIPv6(address) || MAC.test(address)) ? address : name;

function classify(text: string): Token {
  if (NUMBER.test(text)) return { kind: 'number', text, value: numberOf(text) };
  if (IPV4.test(text)) return { kind: 'ipv4', text };
  if (isIPv6(text)) return { kind: 'ipv6', text };
  if (MAC.test(text)) return { kind: 'mac', text };
  if (WORDS.has(text)) return { kind: 'word', text };
  const constant = CONSTANTS[text];
  return constant === undefined ? { kind: 'id', text } : { kind: 'number', text, value: constant };
}

/** As C reads them: 0x is hexadecimal, a leading 0 octal. */
export function numberOf(text: string): number {
  const octal = /^0\d/.test(text);
  if (octal && /[89]/.test(text)) throw new FilterError(`number ${text} contains non-octal digit`);
  const value = octal ? Number.parseInt(text, 8) : Number(text);
  if (value > 0xffffffff) throw new FilterError(`number ${text} overflows 32 bits`);
  return value;
}
