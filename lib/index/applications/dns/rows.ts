import {
  BATCH_ROWS,
  ListColumn,
  NullableColumn,
  NumberColumn,
  type RowColumn,
  TextColumn,
} from '../columns.ts';
import type { RowBuffer, RowWriter } from '../row-buffer.ts';
import { dnsRcodeName, dnsTypeName } from './constants.ts';
import {
  AUTHORITATIVE,
  type DnsMessage,
  RCODE,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATION,
} from './message.ts';

/** A transaction, as far as it was seen. */
export interface DnsRow {
  proto: string;
  id: number;
  rtt: number | null; // seconds
  query: string | null;
  qclass: number | null;
  qtype: number | null;
  rcode: number | null; // null without an answer
  flags: number; // RD of the question, AA and RA of the answer, TC of the last of both
  answers: readonly string[] | null;
  ttls: readonly number[] | null;
  rejected: boolean;
  truncated: boolean;
}

/** What a question and its answer, if it has one, say together. */
export function rowOf(
  proto: string,
  question: DnsMessage,
  answer: DnsMessage | null,
  rtt: number | null,
): DnsRow {
  const { id, query, qclass, qtype, flags, cut } = question;
  if (answer === null) {
    return {
      proto,
      id,
      rtt,
      query,
      qclass,
      qtype,
      rcode: null,
      flags: flags & (TRUNCATION | RECURSION_DESIRED),
      answers: null,
      ttls: null,
      rejected: false,
      truncated: cut,
    };
  }
  return {
    proto,
    id,
    rtt,
    query: query ?? answer.query,
    qclass: qclass ?? answer.qclass,
    qtype: qtype ?? answer.qtype,
    rcode: answer.flags & RCODE,
    flags: (flags & RECURSION_DESIRED) | (answer.flags & (AUTHORITATIVE | TRUNCATION | RECURSION_AVAILABLE)),
    answers: answer.answers.length > 0 ? answer.answers : null,
    ttls: answer.ttls.length > 0 ? answer.ttls : null,
    rejected: answer.records === 0 && answer.questions > 0,
    truncated: cut || answer.cut,
  };
}

export type DnsRows = RowBuffer<DnsRow>;

/** The columns of `dns`. */
export class DnsColumns implements RowWriter<DnsRow> {
  readonly #proto = new TextColumn();
  readonly #id = new NumberColumn(new Int32Array(BATCH_ROWS));
  readonly #rtt = new NullableColumn(new Float64Array(BATCH_ROWS));
  readonly #query = new TextColumn();
  readonly #qclass = new NullableColumn(new Int32Array(BATCH_ROWS));
  readonly #qtype = new NullableColumn(new Int32Array(BATCH_ROWS));
  readonly #qtypeName = new TextColumn();
  readonly #rcode = new NullableColumn(new Int32Array(BATCH_ROWS));
  readonly #rcodeName = new TextColumn();
  readonly #authoritative = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly #truncation = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly #recursionDesired = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly #recursionAvailable = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly #answers = new ListColumn<string>();
  readonly #ttls = new ListColumn<number>();
  readonly #rejected = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly #truncated = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly columns: Record<string, RowColumn>;

  constructor() {
    this.columns = {
      proto: this.#proto,
      trans_id: this.#id,
      rtt: this.#rtt,
      query: this.#query,
      qclass: this.#qclass,
      qtype: this.#qtype,
      qtype_name: this.#qtypeName,
      rcode: this.#rcode,
      rcode_name: this.#rcodeName,
      AA: this.#authoritative,
      TC: this.#truncation,
      RD: this.#recursionDesired,
      RA: this.#recursionAvailable,
      answers: this.#answers,
      TTLs: this.#ttls,
      rejected: this.#rejected,
      truncated: this.#truncated,
    };
  }

  write(row: number, seen: DnsRow): void {
    this.#proto.set(row, seen.proto);
    this.#id.values[row] = seen.id;
    this.#rtt.set(row, seen.rtt);
    this.#query.set(row, seen.query);
    this.#qclass.set(row, seen.qclass);
    this.#qtype.set(row, seen.qtype);
    this.#qtypeName.set(row, seen.qtype === null ? null : dnsTypeName(seen.qtype));
    this.#rcode.set(row, seen.rcode);
    this.#rcodeName.set(row, seen.rcode === null ? null : dnsRcodeName(seen.rcode));
    this.#authoritative.values[row] = (seen.flags & AUTHORITATIVE) === 0 ? 0 : 1;
    this.#truncation.values[row] = (seen.flags & TRUNCATION) === 0 ? 0 : 1;
    this.#recursionDesired.values[row] = (seen.flags & RECURSION_DESIRED) === 0 ? 0 : 1;
    this.#recursionAvailable.values[row] = (seen.flags & RECURSION_AVAILABLE) === 0 ? 0 : 1;
    this.#answers.set(row, seen.answers);
    this.#ttls.set(row, seen.ttls);
    this.#rejected.values[row] = seen.rejected ? 1 : 0;
    this.#truncated.values[row] = seen.truncated ? 1 : 0;
  }
}
