/** The encoder's memory, in bytes. Values lie behind all else, then what they become: as many as there are. */

export const RESULT_AT = 1024; // two integers of 64 bits
export const DELTAS_AT = 2048; // of one block
export const VALUES_AT = 65536;
