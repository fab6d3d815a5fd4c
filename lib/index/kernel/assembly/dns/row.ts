/** A transaction of DNS, as far as it was seen, as a row of `dns`. */

import { PROTOCOL_TCP } from '../../../../pcap/protocols';
import * as flowRow from '../../../engine/row';
import { NAME_AT } from '../../layout';
import * as column from '../../tables';
import { integers } from '../rows';
import * as columns from '../tables/columns';
import { beginRow, endRow } from '../tables/rows';
import * as message from './message';
import { nameOf, queryAt } from './queries';

/** A query without an answer. */
export function writeQuery(flow: i32, at: i32): void {
  const query = queryAt(at);
  const row = begin(flow, query.time, query.id);
  setName(row, nameOf(at), query.nameLength);
  setQuestion(row, query.qtype, query.qclass);
  endUnanswered(row, query.flags, query.isCut);
}

/** The message that was read, a question that no one answers in the same flow. */
export function writeQuestion(flow: i32, time: f64): void {
  const row = begin(flow, time, message.id);
  setName(row, NAME_AT, message.nameLength);
  setQuestion(row, message.qtype, message.qclass);
  endUnanswered(row, message.flags, message.isCut);
}

function endUnanswered(row: i32, flags: i32, isCut: bool): void {
  columns.setNoNumber(column.DNS_RTT, row);
  columns.setNoInteger(column.DNS_RCODE, row);
  columns.setNone(column.DNS_RCODE_NAME, row);
  setFlags(row, flags & (message.TRUNCATION | message.RECURSION_DESIRED));
  columns.setNone(column.DNS_ANSWERS, row);
  columns.setNone(column.DNS_TTLS, row);
  columns.setByte(column.DNS_REJECTED, row, 0);
  columns.setByte(column.DNS_TRUNCATED, row, i32(isCut));
  endRow(column.DNS);
}

/** The message that was read, which answers the query at `at`, or one that was not seen where that is 0; `rtt` -1 for none. */
export function writeAnswer(flow: i32, time: f64, at: i32, rtt: f64): void {
  const query = queryAt(at);
  const row = begin(flow, time, message.id);
  const asked = at === 0 ? message.flags : query.flags;
  if (rtt < 0) columns.setNoNumber(column.DNS_RTT, row);
  else columns.setDouble(column.DNS_RTT, row, rtt);
  if (at !== 0 && query.nameLength >= 0) setName(row, nameOf(at), query.nameLength);
  else setName(row, NAME_AT, message.nameLength);
  const qtype = at !== 0 && query.qtype >= 0 ? query.qtype : message.qtype;
  const qclass = at !== 0 && query.qclass >= 0 ? query.qclass : message.qclass;
  setQuestion(row, qtype, qclass);
  columns.setInteger(column.DNS_RCODE, row, message.flags & message.RCODE);
  columns.setCode(column.DNS_RCODE_NAME, row, message.flags & message.RCODE);
  const answered = message.AUTHORITATIVE | message.TRUNCATION | message.RECURSION_AVAILABLE;
  setFlags(row, (asked & message.RECURSION_DESIRED) | (message.flags & answered));
  setAnswers(row);
  columns.setByte(column.DNS_REJECTED, row, i32(message.records === 0 && message.questions > 0));
  columns.setByte(column.DNS_TRUNCATED, row, i32(message.isCut || (at !== 0 && query.isCut)));
  endRow(column.DNS);
}

function begin(flow: i32, time: f64, id: i32): i32 {
  const row = beginRow(column.DNS, flow, time);
  const protocol = integers[flow * flowRow.ROW_INTEGERS + flowRow.KIND] & 255;
  columns.setCode(column.DNS_PROTO, row, protocol === PROTOCOL_TCP ? 1 : 0);
  columns.setInteger(column.DNS_ID, row, id);
  return row;
}

function setName(row: i32, start: i32, length: i32): void {
  if (length < 0) columns.setNone(column.DNS_QUERY, row);
  else columns.setText(column.DNS_QUERY, row, start, length);
}

function setQuestion(row: i32, qtype: i32, qclass: i32): void {
  if (qclass < 0) columns.setNoInteger(column.DNS_QCLASS, row);
  else columns.setInteger(column.DNS_QCLASS, row, qclass);
  if (qtype < 0) {
    columns.setNoInteger(column.DNS_QTYPE, row);
    columns.setNone(column.DNS_QTYPE_NAME, row);
  } else {
    columns.setInteger(column.DNS_QTYPE, row, qtype);
    columns.setCode(column.DNS_QTYPE_NAME, row, qtype);
  }
}

function setFlags(row: i32, flags: i32): void {
  columns.setByte(column.DNS_AA, row, i32((flags & message.AUTHORITATIVE) !== 0));
  columns.setByte(column.DNS_TC, row, i32((flags & message.TRUNCATION) !== 0));
  columns.setByte(column.DNS_RD, row, i32((flags & message.RECURSION_DESIRED) !== 0));
  columns.setByte(column.DNS_RA, row, i32((flags & message.RECURSION_AVAILABLE) !== 0));
}

function setAnswers(row: i32): void {
  if (message.answerCount === 0) {
    columns.setNone(column.DNS_ANSWERS, row);
    columns.setNone(column.DNS_TTLS, row);
    return;
  }
  columns.beginList(column.DNS_ANSWERS, row);
  columns.beginList(column.DNS_TTLS, row);
  for (let i = 0; i < message.answerCount; i++) {
    columns.addListedText(
      column.DNS_ANSWERS,
      column.ANSWERS_AT,
      message.answerAt(i),
      message.answerLength(i),
    );
    columns.addListedNumber(column.DNS_TTLS, column.TTLS_AT, <f64>message.ttlOf(i));
  }
}
