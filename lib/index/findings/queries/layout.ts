/** What is counted of DNS servers, in WebAssembly's memory: constants that both the program and its caller read. */

// A server, in bytes: questions; answers whose questions were seen, and the longest of their times; answers by their times.
export const ASKED = 0;
export const ANSWERS = 4;
export const LONGEST = 8;
export const TIMES = 16;
/** To a factor of ten: quantiles are right within 26 %. */
export const STEPS = 10;
export const BUCKETS = 10 * STEPS;
export const SHORTEST = 1e-6; // seconds
export const SERVER_BYTES = TIMES + BUCKETS * 4;

/** Of a row that shows something, in integers: the row, its signs, and the number of the server or -1. */
export const LISTED_INTEGERS = 3;
