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
import type { DnsMessage } from './message.ts';

/** A question, its answer if there is one, and the seconds between them if both were seen. */
export interface DnsRow {
  proto: string;
  question: DnsMessage;
  answer: DnsMessage | null;
  rtt: number | null;
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

  write(row: number, { proto, question, answer, rtt }: DnsRow): void {
    const qtype = question.qtype ?? answer?.qtype ?? null;
    this.#proto.set(row, proto);
    this.#id.values[row] = question.id;
    this.#rtt.set(row, rtt);
    this.#query.set(row, question.query ?? answer?.query ?? null);
    this.#qclass.set(row, question.qclass ?? answer?.qclass ?? null);
    this.#qtype.set(row, qtype);
    this.#qtypeName.set(row, qtype === null ? null : dnsTypeName(qtype));
    this.#rcode.set(row, answer === null ? null : answer.rcode);
    this.#rcodeName.set(row, answer === null ? null : dnsRcodeName(answer.rcode));
    this.#authoritative.values[row] = answer?.authoritative === true ? 1 : 0;
    this.#truncation.values[row] = (answer ?? question).truncation ? 1 : 0;
    this.#recursionDesired.values[row] = question.recursionDesired ? 1 : 0;
    this.#recursionAvailable.values[row] = answer?.recursionAvailable === true ? 1 : 0;
    this.#answers.set(row, answer !== null && answer.answers.length > 0 ? answer.answers : null);
    this.#ttls.set(row, answer !== null && answer.ttls.length > 0 ? answer.ttls : null);
    this.#rejected.values[row] = answer !== null && answer.records === 0 && answer.questions > 0 ? 1 : 0;
    this.#truncated.values[row] = question.cut || answer?.cut === true ? 1 : 0;
  }
}
