import { checkId, isLinkLevel, type Link, type Qualifiers } from './qualifiers.ts';
import { FilterError, PROTOCOLS, type Token, tokenize } from './tokens.ts';

const INDEXED = new Set(
  'ether link ppp slip fddi tr wlan arp rarp atalk decnet lat sca moprc mopdl ip ip6 icmp icmp6 igmp igrp pim vrrp carp tcp udp sctp'.split(
    ' ',
  ),
);
const KINDS = new Set(['host', 'net', 'port', 'portrange']);
const RELATIONS = new Set(['>', '>=', '=', '==', '<', '<=', '!=']);
const OPERATORS = new Set(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>']);
const MAX_DEPTH = 100;

/** Something that qualifiers of a later bare address can be taken from: "port 80 or 443". */
type Carried = Qualifiers | undefined;
/** An arithmetic value, when it is known. */
type Value = number | undefined;

/** Reads a filter by libpcap's grammar (grammar.y) for one data link type; throws FilterError where it would fail. */
export function parseFilter(filter: string, link: Link) {
  const tokens = tokenize(filter);
  const notRelations = new Set<number>(); // positions at which no arithmetic relation begins
  let at = 0;
  let depth = 0;

  const peek = (ahead = 0) => tokens[at + ahead];
  const is = (text: string, ahead = 0) => {
    const token = peek(ahead);
    return token !== undefined && token.text === text && (token.kind === 'word' || token.kind === 'symbol');
  };
  const accept = (...texts: string[]) => {
    const found = texts.some(text => is(text));
    if (found) at++;
    return found;
  };
  const unexpected = (): FilterError => {
    const token = peek();
    return new FilterError(token ? `syntax error at "${token.text}"` : 'syntax error at its end');
  };
  const expect = (text: string) => {
    if (!accept(text)) throw unexpected();
  };
  const number = (): number => {
    const token = peek();
    if (token?.kind !== 'number') throw unexpected();
    at++;
    return token.value;
  };
  function nested<T>(read: () => T): T {
    if (++depth > MAX_DEPTH) throw new FilterError(`more than ${MAX_DEPTH} parentheses within each other`);
    const result = read();
    depth--;
    return result;
  }

  function expression(): void {
    let carried = term();
    for (;;) {
      if (!accept('and', '&&', 'or', '||')) return;
      if (!beginsId()) carried = term();
      else if (is('(') && relation()) carried = undefined;
      else carried = continuation(carried);
    }
  }

  /** A bare address or number behind and/or, which is not the beginning of a relation. */
  function beginsId() {
    let ahead = 0;
    while (is('not', ahead) || is('!', ahead) || is('(', ahead)) ahead++;
    const token = peek(ahead);
    if (token?.kind === 'number') return !isRelation(ahead);
    return token !== undefined && ['id', 'ipv4', 'ipv6', 'mac'].includes(token.kind);
  }

  function isRelation(ahead = 0) {
    const operator = peek(ahead + 1)?.text ?? '';
    return RELATIONS.has(operator) || (OPERATORS.has(operator) && operator !== '/');
  }

  function continuation(carried: Carried): Carried {
    if (!carried) throw new FilterError(`syntax error: nothing says what "${peek()?.text}" is`);
    id(carried);
    return carried;
  }

  function term(): Carried {
    if (accept('not', '!')) return nested(term);
    if (relation()) return undefined;
    if (accept('(')) {
      nested(expression);
      expect(')');
      return undefined;
    }
    if (other()) return undefined;
    return head();
  }

  /** Qualifiers with what they qualify, or the name of a protocol alone. */
  function head(): Carried {
    const protocol = protocolName();
    const direction = directionName();
    const kind = peek()?.text ?? '';
    const word = peek()?.kind === 'word';
    const q: Qualifiers = { protocol, direction, address: '' };
    if (word && KINDS.has(kind)) q.address = kind as Qualifiers['address'];
    else if (word && (kind === 'proto' || kind === 'protochain') && direction === '') q.address = kind;
    else if (word && kind === 'gateway') throw new FilterError("'gateway' is not supported");
    else if (direction === '') {
      if (protocol === '') throw unexpected();
      if (isLinkLevel(protocol)) throw new FilterError(`"${protocol}" says nothing alone`);
      return undefined;
    }
    if (q.address !== '') at++;
    checkChain(q);
    id(q);
    return q;
  }

  function checkChain({ protocol, address }: Qualifiers) {
    if (address === 'protochain' && !['', 'ip', 'ip6'].includes(protocol)) {
      throw new FilterError("bad protocol applied for 'protochain'");
    }
  }

  function protocolName(): string {
    const token = peek();
    if (token?.kind !== 'word' || !PROTOCOLS.has(token.text)) return '';
    at++;
    return token.text;
  }

  function directionName(): string {
    if (!is('src') && !is('dst')) return '';
    const first = tokens[at++]?.text ?? '';
    const second = peek(1)?.text;
    const both = (is('or') || is('||') || is('and') || is('&&')) && second !== first;
    if (!both || (!is('src', 1) && !is('dst', 1))) return first;
    at += 2;
    return 'both';
  }

  function id(q: Qualifiers): void {
    if (accept('not', '!')) {
      nested(() => id(q));
      return;
    }
    if (accept('(')) {
      nested(() => {
        id(q);
        while (accept('and', '&&', 'or', '||')) id(q);
      });
      expect(')');
      return;
    }
    const token = tokens[at++];
    if (!token || token.kind === 'word' || token.kind === 'symbol') {
      at--;
      throw unexpected();
    }
    checkId(token, mask(token), q, link);
  }

  function mask(token: Token): Token | undefined {
    if ((token.kind === 'ipv4' || token.kind === 'ipv6') && is('/') && peek(1)?.kind === 'number') {
      at += 2;
      return tokens[at - 1];
    }
    if (token.kind === 'ipv4' && is('mask') && peek(1)?.kind === 'ipv4') {
      at += 2;
      return tokens[at - 1];
    }
    return undefined;
  }

  /** Whether an arithmetic relation stands here; it is read then, and nothing is when there is none. */
  function relation(): boolean {
    const start = at;
    const token = peek();
    const indexed = token?.kind === 'word' && is('[', 1);
    const begins = token?.kind === 'number' || indexed || is('(') || is('-') || is('len') || is('length');
    if (!begins || notRelations.has(start)) return false;
    const depthBefore = depth;
    try {
      arithmetic();
      if (!RELATIONS.has(peek()?.text ?? '')) throw unexpected();
    } catch (error) {
      if (!(error instanceof FilterError) || !is('(', start - at)) throw error;
      at = start;
      depth = depthBefore;
      notRelations.add(start);
      return false;
    }
    at++;
    arithmetic();
    return true;
  }

  function arithmetic(): Value {
    let left = operand();
    for (;;) {
      const operator = peek()?.text ?? '';
      if (peek()?.kind !== 'symbol' || !OPERATORS.has(operator)) return left;
      at++;
      const right = operand();
      if (operator === '/' && right === 0) throw new FilterError('division by zero');
      if (operator === '%' && right === 0) throw new FilterError('modulus by zero');
      if ((operator === '<<' || operator === '>>') && right !== undefined && right > 31) {
        throw new FilterError('shift by more than 31 bits');
      }
      left = undefined;
    }
  }

  function operand(): Value {
    if (accept('-')) {
      nested(operand);
      return undefined;
    }
    if (accept('(')) {
      const value = nested(arithmetic);
      expect(')');
      return value;
    }
    if (accept('len', 'length')) return undefined;
    const token = peek();
    if (token?.kind === 'number') return number();
    if (token?.kind !== 'word' || !is('[', 1)) throw unexpected();
    if (!INDEXED.has(token.text)) throw new FilterError(`"${token.text}" cannot be indexed`);
    at += 2;
    nested(arithmetic);
    if (accept(':')) {
      const size = number();
      if (![1, 2, 4].includes(size)) throw new FilterError('data size must be 1, 2, or 4');
    }
    expect(']');
    return undefined;
  }

  /** Primitives of their own: less, vlan, broadcast and the like. */
  function other(): boolean {
    const named = peek()?.kind === 'word' && PROTOCOLS.has(peek()?.text ?? '') ? 1 : 0;
    if (is('broadcast', named) || is('multicast', named)) {
      const protocol = protocolName();
      cast(protocol, tokens[at++]?.text ?? '');
      return true;
    }
    if (accept('less', 'greater')) return number() >= 0;
    if (accept('byte')) {
      number();
      if (!accept('=', '<', '>', '&', '|')) throw unexpected();
      return number() >= 0;
    }
    if (accept('inbound', 'outbound')) return true;
    if (accept('ifindex')) {
      if (link !== 'LINUX_SLL2')
        throw new FilterError('ifindex is only there when several interfaces are captured');
      return number() >= 0;
    }
    return encapsulation();
  }

  function cast(protocol: string, kind: string) {
    const byLink = protocol === '' || isLinkLevel(protocol);
    if (byLink && link === 'EN10MB') return;
    if (protocol === 'ip' || (protocol === 'ip6' && kind === 'multicast')) return;
    throw new FilterError(
      `${kind} needs a protocol: ip ${kind}${kind === 'multicast' ? ', ip6 multicast' : ''}`,
    );
  }

  function encapsulation(): boolean {
    const word = peek()?.text ?? '';
    const limits: Record<string, number> = { vlan: 4095, mpls: 1048575, pppoes: 65535, geneve: 16777215 };
    if (accept('pppoed')) return true;
    const limit = limits[word];
    if (limit === undefined || !accept(word)) return false;
    if ((word === 'vlan' || word === 'mpls') && link !== 'EN10MB') {
      throw new FilterError(
        `${word} needs one interface in captureOption.interfaces: its tags are not kept when several are captured`,
      );
    }
    if (peek()?.kind === 'number' && !isRelation()) {
      const value = number();
      if (value > limit) throw new FilterError(`${word} ${value} is greater than its maximum ${limit}`);
    }
    return true;
  }

  expression();
  if (at < tokens.length) throw unexpected();
}
