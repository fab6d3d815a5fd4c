const EXACT: f64 = 9007199254740991; // whole numbers up to here are exact in a double
const WORD: f64 = 4294967296;

/** A time on the clock of a capture, whose times are whole numbers of `unit` (nanoseconds), in nanoseconds. */
export function nanosecondsOf(time: f64, unit: f64): i64 {
  return abs(time) <= EXACT ? <i64>floor(time) : wrapped(floor(time / unit + 0.5)) * <i64>unit;
}

/** The lower 64 bits of a whole number of any size: times that no clock tells are wrong, and the same everywhere. */
export function wrapped(whole: f64): i64 {
  const upper = floor(whole / WORD);
  return ((<i64>upper) << 32) + <i64>(whole - upper * WORD);
}
