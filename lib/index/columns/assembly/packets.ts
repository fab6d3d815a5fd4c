/** Makes columns of a batch of packets: sorted by flow, then by offset. */
import { nanosecondsOf } from '../../kernel/assembly/time';
import * as at from '../../kernel/layout';

// Integers, as many as there may be flows: their ordinals are sorted with the numbers that they have in the batch.
const KEYS = at.SORT_AT;
const NUMBERS = KEYS + at.PACKET_RECORDS * 4;
const OTHER_KEYS = NUMBERS + at.PACKET_RECORDS * 4;
const OTHER_NUMBERS = OTHER_KEYS + at.PACKET_RECORDS * 4;
/** By number, where the flow's next row is. */
const NEXT_ROWS = OTHER_NUMBERS + at.PACKET_RECORDS * 4;
/** By row, its record. */
const ORDER = NEXT_ROWS + at.PACKET_RECORDS * 4;
const DIGITS = ORDER + at.PACKET_RECORDS * 4;

const DIGIT_BITS: i32 = 11;
const DIGIT_COUNT: i32 = 1 << DIGIT_BITS;

/** Where the records of the batch are, and the ordinals of its flows. */
let records: usize = 0;
let ordinals: usize = 0;

/**
 * Of a batch of `count` records and the ordinals of their `flows`. `epoch`: time 0 on the clock of the capture, whose times are
 * whole numbers of `unit` (nanoseconds).
 */
export function makePackets(batch: i32, count: i32, flows: i32, epoch: i64, unit: f64): void {
  records = <usize>batch;
  ordinals = records + at.PACKET_ORDINALS;
  sortFlows(flows);
  placeRecords(count, flows);
  gather(count, epoch, unit);
}

/** Leaves the numbers of the flows in NUMBERS, sorted by ordinal: three passes, the lowest digit first. */
function sortFlows(flows: i32): void {
  for (let flow = 0; flow < flows; flow++) {
    put(KEYS, flow, ordinalOf(flow));
    put(NUMBERS, flow, flow);
  }
  sortByDigit(flows, 0, KEYS, NUMBERS, OTHER_KEYS, OTHER_NUMBERS);
  sortByDigit(flows, DIGIT_BITS, OTHER_KEYS, OTHER_NUMBERS, KEYS, NUMBERS);
  sortByDigit(flows, 2 * DIGIT_BITS, KEYS, NUMBERS, OTHER_KEYS, OTHER_NUMBERS);
  memory.copy(NUMBERS, OTHER_NUMBERS, (<usize>flows) << 2);
}

function sortByDigit(flows: i32, shift: i32, keys: i32, numbers: i32, toKeys: i32, toNumbers: i32): void {
  memory.fill(DIGITS, 0, DIGIT_COUNT << 2);
  for (let flow = 0; flow < flows; flow++) increment(DIGITS, digit(get(keys, flow), shift));
  let before = 0;
  for (let value = 0; value < DIGIT_COUNT; value++) {
    const count = get(DIGITS, value);
    put(DIGITS, value, before);
    before += count;
  }
  for (let flow = 0; flow < flows; flow++) {
    const key = get(keys, flow);
    const to = increment(DIGITS, digit(key, shift));
    put(toKeys, to, key);
    put(toNumbers, to, get(numbers, flow));
  }
}

function digit(key: i32, shift: i32): i32 {
  return (<u32>key >> shift) & (DIGIT_COUNT - 1);
}

/** Leaves in ORDER the records by flow, those of one flow as they came. */
function placeRecords(count: i32, flows: i32): void {
  memory.fill(NEXT_ROWS, 0, (<usize>flows) << 2);
  for (let record = 0; record < count; record++) increment(NEXT_ROWS, flowOf(record));
  let before = 0;
  for (let i = 0; i < flows; i++) {
    const flow = get(NUMBERS, i);
    const own = get(NEXT_ROWS, flow);
    put(NEXT_ROWS, flow, before);
    before += own;
  }
  for (let record = 0; record < count; record++) put(ORDER, increment(NEXT_ROWS, flowOf(record)), record);
}

function gather(count: i32, epoch: i64, unit: f64): void {
  let begin = 0; // of the flow's rows
  let flow = -1;
  let highest: f64 = -1;
  for (let row = 0; row < count; row++) {
    const record = get(ORDER, row);
    const own = flowOf(record);
    const offset = load<f64>(address(record), 24);
    if (own !== flow) {
      flow = own;
      begin = row;
      highest = offset;
    } else if (offset < highest) {
      // The flow of a fragment is known only once the first fragment came.
      const to = moveBack(row, begin);
      for (let moved = to; moved < row; moved++) write(moved, epoch, unit);
    } else highest = offset;
    write(row, epoch, unit);
  }
}

/** Puts a record among those from `begin` on where its offset belongs; returns where that is. */
function moveBack(row: i32, begin: i32): i32 {
  const record = get(ORDER, row);
  const offset = load<f64>(address(record), 24);
  let to = row;
  for (; to > begin && load<f64>(address(get(ORDER, to - 1)), 24) > offset; to--)
    put(ORDER, to, get(ORDER, to - 1));
  put(ORDER, to, record);
  return to;
}

function write(row: i32, epoch: i64, unit: f64): void {
  const record = get(ORDER, row);
  const from = address(record);
  const rest = load<i32>(from, 12);
  const time = load<f64>(from, 16);
  put(at.FLOW_COLUMN, row, ordinalOf(load<i32>(from)));
  put(at.CAPLEN_COLUMN, row, load<i32>(from, 4));
  put(at.ORIGLEN_COLUMN, row, load<i32>(from, 8));
  put(at.MEMBER_COLUMN, row, rest >> 2);
  put(at.DIRECTION_COLUMN, row, rest & 1);
  store<u8>(<usize>row, <u8>((rest >> 1) & 1), at.DUPLICATE_COLUMN);
  const nanoseconds = nanosecondsOf(time, unit);
  store<i64>((<usize>row) << 3, epoch + nanoseconds, at.TS_COLUMN);
  store<i64>((<usize>row) << 3, <i64>load<f64>(from, 24), at.OFFSET_COLUMN);
}

function address(record: i32): usize {
  return records + <usize>record * at.PACKET_RECORD_BYTES;
}

function ordinalOf(flow: i32): i32 {
  return load<i32>(ordinals + ((<usize>flow) << 2));
}

function flowOf(record: i32): i32 {
  return load<i32>(address(record));
}

function get(table: i32, index: i32): i32 {
  return load<i32>(<usize>table + ((<usize>index) << 2));
}

function put(table: i32, index: i32, value: i32): void {
  store<i32>(<usize>table + ((<usize>index) << 2), value);
}

/** Returns the value before. */
function increment(table: i32, index: i32): i32 {
  const value = get(table, index);
  put(table, index, value + 1);
  return value;
}
