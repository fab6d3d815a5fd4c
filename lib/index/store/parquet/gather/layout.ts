/**
 * What texts and lists of columns are gathered in, in WebAssembly's memory: constants that both the program
 * (AssemblyScript) and its caller read.
 */

import { TABLE_INTEGERS, VECTOR_INTEGERS } from '../../../assembly/layout.ts';

// A dictionary, in integers: a table of texts (see assembly/layout.ts), and a vector of the number of the text of each row that
// has one (four bytes each).
export const INDEXES = TABLE_INTEGERS;
export const DICTIONARY_INTEGERS = INDEXES + VECTOR_INTEGERS;

// Lists, in integers: vectors of definition and repetition levels (four bytes each) and of numbers (eight); rows without a
// list, while there is no other.
export const DEFINITION = 0;
export const REPETITION = 3;
export const NUMBERS = 6;
export const NONE = 9;
export const LIST_INTEGERS = 10;
