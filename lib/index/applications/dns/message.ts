/** One DNS message (RFC 1035), read as far as its bytes go. */

import { u16, u32 } from '../bytes.ts';
import { readName, skipName } from './name.ts';
import { recordText } from './records.ts';

const MAX_ANSWERS = 256;
const MAX_OPCODE = 6;
const NONE: readonly never[] = [];
const MAX_QUESTIONS = 64; // more is noise on port 53, not DNS (mDNS asks a few dozen at most)

/** Bits of the header's second word. */
export const RESPONSE = 0x8000;
export const OPCODE = 0x7800;
export const AUTHORITATIVE = 0x0400;
export const TRUNCATION = 0x0200;
export const RECURSION_DESIRED = 0x0100;
export const RECURSION_AVAILABLE = 0x0080;
export const RCODE = 0x000f;

export interface DnsMessage {
  id: number;
  flags: number; // with the bits above
  query: string | null; // name of the first question; of the first answer where there is no question
  qtype: number | null;
  qclass: number | null;
  answers: readonly string[];
  ttls: readonly number[]; // seconds, one for each answer
  records: number; // answers, authorities and additionals that the header announces
  questions: number; // that the header announces
  cut: boolean; // the bytes end before the message
}

/** Whether the bytes can be the header of a DNS message. */
export function isDnsHeader(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 12) return false;
  const flags = u16(buf, start + 2);
  const questions = u16(buf, start + 4);
  if ((flags & OPCODE) >> 11 > MAX_OPCODE || questions > MAX_QUESTIONS) return false;
  // A header alone is an answer without records (REFUSED, FORMERR), never a query.
  return (flags & RESPONSE) !== 0 || questions + u16(buf, start + 6) > 0;
}

/** Undefined when the bytes are not a DNS message; `cut` is set when they are the beginning of one. */
export function parseDnsMessage(buf: Uint8Array, start: number, end: number): DnsMessage | undefined {
  if (!isDnsHeader(buf, start, end)) return undefined;
  const flags = u16(buf, start + 2);
  const questions = u16(buf, start + 4);
  const answers = u16(buf, start + 6);
  const message: DnsMessage = {
    id: u16(buf, start),
    flags,
    query: null,
    qtype: null,
    qclass: null,
    answers: NONE,
    ttls: NONE,
    records: answers + u16(buf, start + 8) + u16(buf, start + 10),
    questions,
    cut: false,
  };
  const pos = readQuestions(message, buf, start, end);
  if (pos < 0) message.cut = true;
  else if ((flags & RESPONSE) !== 0 && answers > 0) readAnswers(message, buf, start, pos, end, answers);
  return message;
}

/** Offset after the questions, or -1 when the bytes end inside them. */
function readQuestions(message: DnsMessage, buf: Uint8Array, start: number, end: number): number {
  let pos = start + 12;
  for (let i = 0; i < message.questions; i++) {
    const after = skipName(buf, pos, end);
    if (after < 0) return -1;
    if (i === 0) message.query = readName(buf, pos, start, end) ?? null;
    if (after + 4 > end) return -1;
    if (i === 0) {
      message.qtype = u16(buf, after);
      message.qclass = u16(buf, after + 2);
    }
    pos = after + 4;
  }
  return pos;
}

function readAnswers(
  message: DnsMessage,
  buf: Uint8Array,
  start: number,
  from: number,
  end: number,
  count: number,
): void {
  let answers: string[] | undefined;
  let ttls: number[] | undefined;
  let pos = from;
  for (let i = 0; i < count; i++) {
    const after = skipName(buf, pos, end);
    if (after < 0 || after + 10 > end) {
      message.cut = true;
      return;
    }
    if (message.questions === 0 && i === 0) message.query = readName(buf, pos, start, end) ?? null;
    const length = u16(buf, after + 8);
    const data = after + 10;
    if (data + length > end) {
      message.cut = true;
      return;
    }
    const text = recordText(u16(buf, after), buf, data, length, start, end, pos);
    if (text) {
      const ttl = u32(buf, after + 4);
      if (answers === undefined || ttls === undefined) {
        answers = [text]; // most have one, for which the first push to an empty array would make room for many
        ttls = [ttl];
        message.answers = answers;
        message.ttls = ttls;
      } else {
        answers.push(text);
        ttls.push(ttl);
        if (answers.length === MAX_ANSWERS) return;
      }
    }
    pos = data + length;
  }
}
