/** The memory in which traffic is counted, in bytes: constants that both the program (AssemblyScript) and its callers read. */

/** Rows that are taken at a time. */
export const SLICE = 1024;
/** Ends of a batch whose keys are taken: there are hardly ever more. */
export const MOST_KEYS = 4096;
/** Ends of a side whose numbers are remembered: those with lower keys. */
export const REMEMBERED = 32_768;
export const MAX_SERVERS = 20_000;
export const MAX_PATHS = 50_000;

/** Which protocols show something: number of the text in the batch and signs, side by side; no signs end it. */
export const PROTOCOL_SIGNS_AT = 1024;
/** The same of states. */
export const STATE_SIGNS_AT = 1280;
export const SIGNS_INTEGERS = 64;

// Columns of a slice, of 64 bits
export const TO_SERVER_AT = 2048; // packets
export const TO_CLIENT_AT = TO_SERVER_AT + SLICE * 8;
// and of 32 bits, not a multiple of 4096 apart: a row of all of them would fall into one set of the cache.
export const COLUMN_BYTES = SLICE * 4 + 64;
export const PROTOCOL_AT = TO_CLIENT_AT + SLICE * 8;
export const STATE_AT = PROTOCOL_AT + COLUMN_BYTES;
export const PORT_AT = STATE_AT + COLUMN_BYTES; // of the server
export const SERVER_END_AT = PORT_AT + COLUMN_BYTES;
export const CLIENT_END_AT = SERVER_END_AT + COLUMN_BYTES;
export const ORIG_AGAIN_AT = CLIENT_END_AT + COLUMN_BYTES; // retransmissions
export const RESP_AGAIN_AT = ORIG_AGAIN_AT + COLUMN_BYTES;
export const ORIG_CLOSED_AT = RESP_AGAIN_AT + COLUMN_BYTES; // zero windows
export const RESP_CLOSED_AT = ORIG_CLOSED_AT + COLUMN_BYTES;

/** Rows of the slice that are wanted: row, signs, server and path of each. */
export const LISTED_AT = RESP_CLOSED_AT + COLUMN_BYTES;
export const LISTED_INTEGERS = 4;

/** What is known of the capture so far, up to the end of the memory: first of all, how many TCP connections there are. */
export const CONNECTIONS_AT = LISTED_AT + SLICE * LISTED_INTEGERS * 4;

// Ends of one side, clients or servers: whether those of the batch have keys, and whether the program numbers them itself;
export const HAS_KEYS = 0;
export const NUMBERS_ITSELF = 4;
// how many have numbers, and how many of these its caller has not heard of;
export const END_COUNT = 8;
export const NEW_COUNT = 12;
// which those are, in order, by their places in the batch; by place, keys; by key, numbers plus 2 (1: none, 0: not known).
export const NEW_ENDS = 64;
export const KEYS = NEW_ENDS + SLICE * 4;
export const NUMBERS = KEYS + MOST_KEYS * 4;
export const SIDE_BYTES = NUMBERS + REMEMBERED * 4;
export const CLIENTS_AT = CONNECTIONS_AT + 64;
export const SERVERS_AT = CLIENTS_AT + SIDE_BYTES;

// Servers and paths by number, and the numbers of these (see pairs.ts): end and port, server and client.
export const PAIRS = 64; // from where an index is
export const SERVER_SLOTS = 65_536;
export const PATH_SLOTS = 131_072;
export const SERVER_INDEX_AT = SERVERS_AT + SIDE_BYTES;
export const PATH_INDEX_AT = SERVER_INDEX_AT + PAIRS + MAX_SERVERS * 8 + SERVER_SLOTS * 4;
/** What was counted of them. */
export const PACKETS_TO_SERVER_AT = PATH_INDEX_AT + PAIRS + MAX_PATHS * 8 + PATH_SLOTS * 4; // doubles
export const PACKETS_TO_CLIENT_AT = PACKETS_TO_SERVER_AT + MAX_PATHS * 8;
export const CONNECTIONS_TO_AT = PACKETS_TO_CLIENT_AT + MAX_PATHS * 8;
export const CONNECTIONS_OF_AT = CONNECTIONS_TO_AT + MAX_SERVERS * 4;
export const MEMORY_BYTES = CONNECTIONS_OF_AT + MAX_PATHS * 4;
