import { ROW_INTEGERS } from '../../engine/row';
import { ROWS_AT } from '../layout';

/** The integers of all rows of flows, at places that engine/row.ts tells. */
class Integers {
  @operator('[]')
  get(at: i32): i32 {
    return load<i32>((<usize>at) << 2, ROWS_AT);
  }

  @operator('[]=')
  set(at: i32, value: i32): void {
    store<i32>((<usize>at) << 2, value, ROWS_AT);
  }
}

/** The same memory as doubles. */
class Doubles {
  @operator('[]')
  get(at: i32): f64 {
    return load<f64>((<usize>at) << 3, ROWS_AT);
  }

  @operator('[]=')
  set(at: i32, value: f64): void {
    store<f64>((<usize>at) << 3, value, ROWS_AT);
  }
}

// They hold nothing: what they stand for lies where the memory's layout says.
export const integers = changetype<Integers>(0);
export const doubles = changetype<Doubles>(0);

export function clearRow(base: i32): void {
  memory.fill(<usize>ROWS_AT + ((<usize>base) << 2), 0, ROW_INTEGERS << 2);
}
