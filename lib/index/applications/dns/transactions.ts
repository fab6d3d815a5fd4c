import type { Address, FlowRef } from '../../analyser.ts';
import { type DnsMessage, OPCODE, RESPONSE } from './message.ts';
import { type DnsRows, rowOf } from './rows.ts';

const MAX_PENDING = 4096; // queries waiting for an answer, one flow
const TIMEOUT = 60e9; // nanoseconds; resolvers give up after 5 to 30 s
/** Of mDNS and LLMNR: 224.0.0.251 and 224.0.0.252, and the same with IPv6. */
const MULTICAST = new Set<Address>([0xe00000fb | 0, 'ff02::fb', 0xe00000fc | 0, 'ff02::1:3']);

interface Query {
  time: number;
  message: DnsMessage;
  sent: number; // the query and its retries on this flow
  answered: number;
}

/**
 * Pairs the queries and answers of one flow: a row of `dns` for each transaction, as in Zeek's dns.log. A query that
 * is sent again before its answer belongs to the same transaction, so do the answers to it. Multicast (mDNS, LLMNR)
 * has no transactions in one flow: there each message is a row.
 */
export class DnsTransactions {
  readonly #flow: FlowRef;
  readonly #rows: DnsRows;
  #only: Query | undefined; // what is pending, while that is one query: most flows of a client never have two
  #pending: Map<string, Query> | undefined; // what is pending otherwise

  constructor(flow: FlowRef, rows: DnsRows) {
    this.#flow = flow;
    this.#rows = rows;
  }

  message(time: number, message: DnsMessage): void {
    if ((message.flags & OPCODE) !== 0) return; // NOTIFY, UPDATE …: not a query
    if ((message.flags & RESPONSE) !== 0) this.#answer(time, message);
    else if (isMulticast(this.#flow)) this.#write(time, message, null, null);
    else this.#query(time, message);
  }

  end(): void {
    if (this.#only) this.#close(this.#only);
    for (const query of this.#pending?.values() ?? []) this.#close(query);
    this.#only = undefined;
    this.#pending = undefined;
  }

  #query(time: number, message: DnsMessage): void {
    this.#expire(time);
    const open = this.#find(message);
    if (open && open.answered < open.sent) {
      open.sent++;
      return;
    }
    if (open) this.#delete(open);
    this.#add({ time, message, sent: 1, answered: 0 });
  }

  #answer(time: number, message: DnsMessage): void {
    const query = this.#find(message) ?? this.#findUnread(message);
    if (!query) {
      this.#write(time, message, message, null);
      return;
    }
    if (query.answered++ === 0) {
      const rtt = Math.max(0, (time - query.time) / 1e9);
      this.#write(query.time, query.message, message, rtt);
    }
    if (query.answered >= query.sent) this.#delete(query);
  }

  #add(query: Query): void {
    if (!this.#only && !this.#pending) {
      this.#only = query;
      return;
    }
    this.#pending ??= new Map();
    if (this.#only) this.#pending.set(keyOf(this.#only.message), this.#only);
    this.#only = undefined;
    this.#pending.set(keyOf(query.message), query);
  }

  #delete(query: Query): void {
    this.#only = undefined;
    this.#pending?.delete(keyOf(query.message));
    if (this.#pending?.size === 0) this.#pending = undefined;
  }

  /** The pending query with the id, type and name of a message. */
  #find(message: DnsMessage): Query | undefined {
    if (this.#pending) return this.#pending.get(keyOf(message));
    const other = this.#only?.message;
    const isSame = other?.id === message.id && other.qtype === message.qtype && other.query === message.query;
    return isSame ? this.#only : undefined;
  }

  /** The pending query that an answer belongs to by its id alone, where name or type cannot be read. */
  #findUnread(answer: DnsMessage): Query | undefined {
    if (this.#only) return isUnread(this.#only.message, answer) ? this.#only : undefined;
    for (const query of this.#pending?.values() ?? []) if (isUnread(query.message, answer)) return query;
    return undefined;
  }

  #expire(now: number): void {
    if (this.#only && now - this.#only.time >= TIMEOUT) {
      this.#close(this.#only);
      this.#only = undefined;
    }
    if (!this.#pending) return;
    for (const query of this.#pending.values()) {
      if (this.#pending.size < MAX_PENDING && now - query.time < TIMEOUT) break;
      this.#pending.delete(keyOf(query.message));
      this.#close(query);
    }
    if (this.#pending.size === 0) this.#pending = undefined;
  }

  #close(query: Query): void {
    if (query.answered === 0) this.#write(query.time, query.message, null, null);
  }

  #write(time: number, question: DnsMessage, answer: DnsMessage | null, rtt: number | null): void {
    this.#rows.add(this.#flow, time, rowOf(this.#flow.proto, question, answer, rtt));
  }
}

function isMulticast({ origPort, respPort, respHost }: FlowRef): boolean {
  return (origPort === 5353 && respPort === 5353) || MULTICAST.has(respHost);
}

function keyOf(message: DnsMessage): string {
  return `${message.id} ${message.qtype} ${message.query}`;
}

function isUnread(query: DnsMessage, answer: DnsMessage): boolean {
  if (query.id !== answer.id) return false;
  return answer.query === null || answer.qtype === null || query.qtype === null || answer.questions === 0;
}
