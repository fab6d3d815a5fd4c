/** How vectors and tables of texts lie in memory: constants that both AssemblyScript and its callers read. */

// A vector, in integers: where it lies, how many bytes of it are in use, and how many there are.
export const AT = 0;
export const USED = 1;
export const ROOM = 2;
export const VECTOR_INTEGERS = 3;

// A table of texts, in integers: vectors of the texts (each a length of four bytes, then UTF-8, as PLAIN of Parquet has them)
// and of their places (four bytes each); a hash table of their numbers.
export const TEXTS = 0;
export const PLACES = 3;
export const SLOTS = 6;
export const SLOT_BITS = 7;
export const TABLE_INTEGERS = 8;
