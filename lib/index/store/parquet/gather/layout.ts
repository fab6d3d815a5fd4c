/**
 * What texts and lists of columns are gathered in, in WebAssembly's memory: constants that both the program
 * (AssemblyScript) and its caller read.
 */

/** What the heap knows of itself, and the heap. */
export const FREE_AT = 1024;
export const HEAP_AT = 4096;
/** 1 GiB: where address space is scarce, more of it would be gone for nothing. */
export const MEMORY_BYTES = 1073741824;

// A vector, in integers: where it lies, how many bytes of it are in use, and how many there are.
export const AT = 0;
export const USED = 1;
export const ROOM = 2;

// A dictionary, in integers: vectors of texts as PLAIN has them (a length of four bytes, then UTF-8), of the places of these
// (four bytes each), of the entry of each row that has one; a hash table of entries.
export const TEXTS = 0;
export const PLACES = 3;
export const INDEXES = 6;
export const SLOTS = 9;
export const SLOT_BITS = 10;
export const DICTIONARY_INTEGERS = 11;

// Lists, in integers: vectors of definition and repetition levels (four bytes each) and of numbers (eight); rows without a
// list, while there is no other.
export const DEFINITION = 0;
export const REPETITION = 3;
export const NUMBERS = 6;
export const NONE = 9;
export const LIST_INTEGERS = 10;
