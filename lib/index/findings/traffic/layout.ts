/** What is counted of connections, in WebAssembly's memory: constants that both the program and its caller read. */

/** Of a row that shows something, in integers: the row, its signs, and the numbers of its server and path, or -1. */
export const LISTED_INTEGERS = 4;

// Servers, in bytes: the numbers of their ends, ports, and connections to them.
export const SERVER_END = 0;
export const SERVER_PORT = 4;
export const CONNECTIONS_TO = 8;
export const SERVER_BYTES = 16;

// Paths, in bytes: their servers, the numbers of the ends of their clients, connections, and packets each way.
export const PATH_SERVER = 0;
export const PATH_CLIENT = 4;
export const CONNECTIONS_OF = 8;
export const TO_SERVER = 16;
export const TO_CLIENT = 24;
export const PATH_BYTES = 32;

// Those that come first are counted, so many that only scans have more.
export const MOST_SERVERS = 20_000;
export const MOST_PATHS = 50_000;
