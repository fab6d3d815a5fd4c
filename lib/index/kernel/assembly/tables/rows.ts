/** Rows of the tables of applications. */
import * as row from '../../../engine/row';
import { UID_PREFIX_AT } from '../../layout';
import * as at from '../../tables';
import { addAddress } from '../address';
import { takeRows } from '../host';
import { integers } from '../rows';
import { cutText, textEnd } from '../text';
import { wrapped } from '../time';
import { clear, copyColumn, elementCount, isTight, placeOf, setInteger, setText, setTime } from './columns';

const UID_PREFIX: i32 = 12;

const counts: StaticArray<i32> = [0, 0, 0];
let epoch: i64 = 0;

/** A capture begins; `nanoseconds`: time 0 on its clock. */
export function useEpoch(nanoseconds: i64): void {
  epoch = nanoseconds;
  for (let table = 0; table < at.TABLES; table++) clearTable(table);
}

/** Begins a row of the flow in row `flow` of the flow table, at `time`; returns its number. */
export function beginRow(table: i32, flow: i32, time: f64): i32 {
  const number = counts[table];
  const base = flow * row.ROW_INTEGERS;
  const first = table * at.TABLE_COLUMNS;
  const ordinal = integers[base + row.ORDINAL];
  const ports = integers[base + row.PORTS];
  setTime(first + at.TS, number, epoch + wholeOf(time));
  writeUid(placeOf(first + at.UID, number, at.UID_WIDTH), ordinal);
  setInteger(first + at.FLOW, number, ordinal);
  setHost(first + at.ORIG_HOST, number, base, row.ORIG_ADDRESS, row.ORIG_TAIL);
  setInteger(first + at.ORIG_PORT, number, <u32>ports >> 16);
  setHost(first + at.RESP_HOST, number, base, row.RESP_ADDRESS, row.RESP_TAIL);
  setInteger(first + at.RESP_PORT, number, ports & 0xffff);
  return number;
}

/** The row has all that it will have. */
export function endRow(table: i32): void {
  counts[table]++;
  if (counts[table] === at.BATCH_ROWS || isTight) flush(table);
}

/** Hands on what there is of a batch. */
export function flush(table: i32): void {
  if (counts[table] === 0) return;
  takeRows(table, counts[table]);
  clearTable(table);
}

/** Copies what there is of a batch to where it lies alone (see tables.ts of the kernel). */
export function copyRows(table: i32, to: i32): void {
  for (let column = 0; column < at.TABLE_COLUMNS; column++) {
    const width = column === at.UID ? at.UID_WIDTH : 8;
    const texts = to + at.ALONE_TEXTS + column * at.COLUMN_TEXTS;
    copyColumn(table * at.TABLE_COLUMNS + column, counts[table], width, to + column * at.COLUMN_BYTES, texts);
  }
  if (table !== at.DNS) return;
  memory.copy(to + at.ALONE_ANSWERS, at.ANSWERS_AT, (elementCount(at.DNS_ANSWERS) + 1) << 2);
  memory.copy(to + at.ALONE_TTLS, at.TTLS_AT, elementCount(at.DNS_TTLS) << 3);
}

function clearTable(table: i32): void {
  counts[table] = 0;
  for (let column = 0; column < at.TABLE_COLUMNS; column++) clear(table * at.TABLE_COLUMNS + column);
}

function wholeOf(time: f64): i64 {
  const below = floor(time);
  const whole = time - below < 0.5 ? below : below + 1;
  return wrapped(whole);
}

/** Puts the uid of a flow to `to`, UID_WIDTH bytes. */
export function writeUid(to: i32, ordinal: i32): void {
  memory.copy(to, UID_PREFIX_AT, UID_PREFIX);
  let rest = ordinal;
  for (let digit = at.UID_WIDTH - 1; digit >= UID_PREFIX; digit--) {
    store<u8>(to + digit, <u8>digitOf(rest % 62));
    rest /= 62;
  }
}

/** Base 62: digits, upper case, lower case. */
function digitOf(value: i32): i32 {
  if (value < 10) return 0x30 + value;
  return value < 36 ? 0x37 + value : 0x3d + value;
}

function setHost(column: i32, number: i32, base: i32, address: i32, tail: i32): void {
  const start = textEnd;
  const rest = base + tail;
  addAddress(
    integers[base + row.KIND] >> 8,
    integers[base + address],
    integers[rest],
    integers[rest + 1],
    integers[rest + 2],
  );
  setText(column, number, start, textEnd - start);
  cutText(start);
}
