/** The DNS message (RFC 1035) that was read last, as far as its bytes go. */

import { half, word } from '../../../assembly/bytes';
import { ANSWER_ENTRIES_AT, NAME_AT } from '../../layout';
import { beginText, cutText, textEnd } from '../text';
import { addName, skipName } from './name';
import { addRecord } from './record';

const MAX_ANSWERS: i32 = 256;
const MAX_OPCODE: i32 = 6;
const MAX_QUESTIONS: i32 = 64; // more is noise on port 53, not DNS (mDNS asks a few dozen at most)
const ENTRY: i32 = 12;
/** A bit for each type below 64 that has a name. */
const NAMED_TYPES: u64 = 0xf8bffefa3307fc66;

/** Bits of the header's second word. */
export const RESPONSE: i32 = 0x8000;
export const OPCODE: i32 = 0x7800;
export const AUTHORITATIVE: i32 = 0x0400;
export const TRUNCATION: i32 = 0x0200;
export const RECURSION_DESIRED: i32 = 0x0100;
export const RECURSION_AVAILABLE: i32 = 0x0080;
export const RCODE: i32 = 0x000f;

export let id: i32 = 0;
/** With the bits above. */
export let flags: i32 = 0;
/** Of the name at NAME_AT, that of the first question, or of the first answer where there is no question; -1 for none. */
export let nameLength: i32 = -1;
/** Of the first question, -1 for none. */
export let qtype: i32 = -1;
export let qclass: i32 = -1;
/** Answers that are logged. */
export let answerCount: i32 = 0;
/** Questions that the header announces, and answers, authorities and additionals. */
export let questions: i32 = 0;
export let records: i32 = 0;
/** The bytes end before the message. */
export let isCut: bool = false;

/** Where the text of an answer is, */
export function answerAt(number: i32): i32 {
  return load<i32>(ANSWER_ENTRIES_AT + number * ENTRY);
}

/** its length, */
export function answerLength(number: i32): i32 {
  return load<i32>(ANSWER_ENTRIES_AT + number * ENTRY, 4);
}

/** and its time to live, in seconds. */
export function ttlOf(number: i32): u32 {
  return load<u32>(ANSWER_ENTRIES_AT + number * ENTRY, 8);
}

/** Whether the bytes can be the header of a DNS message. */
export function isDnsHeader(start: i32, end: i32): bool {
  if (end - start < 12) return false;
  const bits = half(start + 2);
  const count = half(start + 4);
  if ((bits & OPCODE) >> 11 > MAX_OPCODE || count > MAX_QUESTIONS) return false;
  // A header alone is an answer without records (REFUSED, FORMERR), never a query.
  return (bits & RESPONSE) !== 0 || count + half(start + 6) > 0;
}

/** Whether a payload on a port that is not DNS's own is one plain question nevertheless. */
export function isDnsQuery(start: i32, end: i32): bool {
  if (end - start < 17 || (half(start + 2) & 0xfccf) !== 0) return false; // a query; only TC, RD, AD, CD free
  if (half(start + 4) !== 1 || half(start + 6) !== 0 || half(start + 8) !== 0) return false;
  const after = skipName(start + 12, end);
  if (after < 0 || after + 4 > end || half(after + 2) !== 1) return false;
  return isNamedType(half(after)) && half(start + 10) <= 2;
}

/** Whether the callers have a name for a type. */
function isNamedType(type: i32): bool {
  if (type < 64) return ((NAMED_TYPES >> <u64>type) & 1) !== 0;
  switch (type) {
    case 64:
    case 65:
    case 99:
    case 108:
    case 109:
    case 249:
    case 250:
    case 251:
    case 252:
    case 255:
    case 256:
    case 257:
    case 32768:
    case 32769:
      return true;
    default:
      return false;
  }
}

/** False when the bytes are not a DNS message; `isCut` is set when they are the beginning of one. */
export function readMessage(start: i32, end: i32): bool {
  if (!isDnsHeader(start, end)) return false;
  const answers = half(start + 6);
  id = half(start);
  flags = half(start + 2);
  nameLength = -1;
  qtype = -1;
  qclass = -1;
  answerCount = 0;
  questions = half(start + 4);
  records = answers + half(start + 8) + half(start + 10);
  isCut = false;
  beginText();
  const at = readQuestions(start, end);
  if (at < 0) isCut = true;
  else if ((flags & RESPONSE) !== 0 && answers > 0) readAnswers(start, at, end, answers);
  return true;
}

/** Where the bytes after the questions are, or -1 when the bytes end inside them. */
function readQuestions(start: i32, end: i32): i32 {
  let at = start + 12;
  for (let i = 0; i < questions; i++) {
    const after = skipName(at, end);
    if (after < 0) return -1;
    if (i === 0) takeName(at, start, end);
    if (after + 4 > end) return -1;
    if (i === 0) {
      qtype = half(after);
      qclass = half(after + 2);
    }
    at = after + 4;
  }
  return at;
}

function takeName(at: i32, start: i32, end: i32): void {
  const from = textEnd;
  if (!addName(at, start, end)) return;
  nameLength = textEnd - from;
  memory.copy(NAME_AT, from, nameLength);
  cutText(from);
}

function readAnswers(start: i32, from: i32, end: i32, count: i32): void {
  let at = from;
  for (let i = 0; i < count; i++) {
    const after = skipName(at, end);
    if (after < 0 || after + 10 > end) {
      isCut = true;
      return;
    }
    if (questions === 0 && i === 0) takeName(at, start, end);
    const length = half(after + 8);
    const data = after + 10;
    if (data + length > end) {
      isCut = true;
      return;
    }
    const text = textEnd;
    if (addRecord(half(after), data, length, start, end, at) && textEnd > text) {
      addAnswer(text, word(after + 4));
      if (answerCount === MAX_ANSWERS) return;
    }
    at = data + length;
  }
}

function addAnswer(text: i32, ttl: i32): void {
  const entry = ANSWER_ENTRIES_AT + answerCount * ENTRY;
  store<i32>(entry, text);
  store<i32>(entry, textEnd - text, 4);
  store<i32>(entry, ttl, 8);
  answerCount++;
}
