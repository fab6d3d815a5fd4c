import type { FlowRef } from '../../analyser.ts';
import type { RowBuffer } from '../row-buffer.ts';
import { dnsRcodeName, dnsTypeName } from './constants.ts';
import type { DnsMessage } from './message.ts';

const MAX_PENDING = 4096; // queries waiting for an answer, one flow
const TIMEOUT = 60e9; // nanoseconds; resolvers give up after 5 to 30 s
const MULTICAST = new Set(['224.0.0.251', 'ff02::fb', '224.0.0.252', 'ff02::1:3']);

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
  readonly #rows: RowBuffer;
  readonly #multicast: boolean;
  #pending: Map<string, Query> | undefined; // most flows of a client end with their first answer

  constructor(flow: FlowRef, rows: RowBuffer) {
    this.#flow = flow;
    this.#rows = rows;
    this.#multicast = MULTICAST.has(flow.respHost) || (flow.origPort === 5353 && flow.respPort === 5353);
  }

  message(time: number, message: DnsMessage): void {
    if (message.opcode !== 0) return; // NOTIFY, UPDATE …: not a query
    if (message.response) this.#answer(time, message);
    else this.#query(time, message);
  }

  end(): void {
    for (const query of this.#pending?.values() ?? []) this.#close(query);
    this.#pending = undefined;
  }

  #query(time: number, message: DnsMessage): void {
    if (this.#multicast) {
      this.#add(time, message, null, null);
      return;
    }
    this.#pending ??= new Map();
    this.#expire(time, this.#pending);
    const key = keyOf(message);
    const open = this.#pending.get(key);
    if (open && open.answered < open.sent) {
      open.sent++;
      return;
    }
    if (open) this.#pending.delete(key);
    this.#pending.set(key, { time, message, sent: 1, answered: 0 });
  }

  #answer(time: number, message: DnsMessage): void {
    const pending = this.#pending;
    const key = pending && keyOfQuery(pending, message);
    const query = key && pending.get(key);
    if (!query) {
      this.#add(time, message, message, null);
      return;
    }
    if (query.answered++ === 0) {
      const rtt = Math.max(0, (time - query.time) / 1e9);
      this.#add(query.time, query.message, message, rtt);
    }
    if (query.answered >= query.sent) pending.delete(key);
    if (pending.size === 0) this.#pending = undefined;
  }

  #expire(now: number, pending: Map<string, Query>): void {
    for (const [key, query] of pending) {
      if (pending.size < MAX_PENDING && now - query.time < TIMEOUT) return;
      pending.delete(key);
      this.#close(query);
    }
  }

  #close(query: Query): void {
    if (query.answered === 0) this.#add(query.time, query.message, null, null);
  }

  #add(time: number, question: DnsMessage, answer: DnsMessage | null, rtt: number | null): void {
    const query = question.query ?? answer?.query ?? null;
    const qtype = question.qtype ?? answer?.qtype ?? null;
    this.#rows.add(this.#flow, time, {
      proto: this.#flow.proto,
      trans_id: question.id,
      rtt,
      query,
      qclass: question.qclass ?? answer?.qclass ?? null,
      qtype,
      qtype_name: qtype === null ? null : dnsTypeName(qtype),
      rcode: answer ? answer.rcode : null,
      rcode_name: answer ? dnsRcodeName(answer.rcode) : null,
      AA: answer ? answer.authoritative : false,
      TC: (answer ?? question).truncation,
      RD: question.recursionDesired,
      RA: answer ? answer.recursionAvailable : false,
      answers: answer && answer.answers.length > 0 ? answer.answers : null,
      TTLs: answer && answer.ttls.length > 0 ? answer.ttls : null,
      rejected: answer !== null && answer.records === 0 && answer.questions > 0,
      truncated: question.cut || answer?.cut === true,
    });
  }
}

function keyOf(message: DnsMessage): string {
  return `${message.id} ${message.qtype} ${message.query}`;
}

/** Under which the question is kept that this answers: by name and type, by id alone where they cannot be read. */
function keyOfQuery(pending: Map<string, Query>, message: DnsMessage): string | undefined {
  const key = keyOf(message);
  if (pending.has(key)) return key;
  for (const [other, query] of pending) {
    if (query.message.id !== message.id) continue;
    const unread = message.query === null || message.qtype === null || query.message.qtype === null;
    if (unread || message.questions === 0) return other;
  }
  return undefined;
}
