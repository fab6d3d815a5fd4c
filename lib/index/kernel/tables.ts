/**
 * Tables of rows that applications write, column by column, in the kernel's memory: constants that both the kernel
 * (AssemblyScript) and its callers read. A batch of a table is handed on when it is full.
 */
import { TABLES_AT } from './layout.ts';

/** Rows of a batch. */
export const BATCH_ROWS = 1024;
/** Characters of a uid. */
export const UID_WIDTH = 18;

export const DNS = 0;
export const SSL = 1;
export const HTTP = 2;
export const TABLES = 3;
export const TABLE_COLUMNS = 24;

// Columns of every table,
export const TS = 0;
export const UID = 1;
export const FLOW = 2;
export const ORIG_HOST = 3;
export const ORIG_PORT = 4;
export const RESP_HOST = 5;
export const RESP_PORT = 6;
// of dns,
export const DNS_PROTO = 7;
export const DNS_ID = 8;
export const DNS_RTT = 9;
export const DNS_QUERY = 10;
export const DNS_QCLASS = 11;
export const DNS_QTYPE = 12;
export const DNS_QTYPE_NAME = 13;
export const DNS_RCODE = 14;
export const DNS_RCODE_NAME = 15;
export const DNS_AA = 16;
export const DNS_TC = 17;
export const DNS_RD = 18;
export const DNS_RA = 19;
export const DNS_ANSWERS = 20;
export const DNS_TTLS = 21;
export const DNS_REJECTED = 22;
export const DNS_TRUNCATED = 23;
// of ssl, by their numbers among all columns,
export const SSL_TRANSPORT = 31;
export const SSL_VERSION = 32;
export const SSL_CIPHER = 33;
export const SSL_CURVE = 34;
export const SSL_SERVER_NAME = 35;
export const SSL_NEXT_PROTOCOL = 36;
export const SSL_JA4 = 37;
export const SSL_RESUMED = 38;
export const SSL_ESTABLISHED = 39;
export const SSL_ALERT = 40;
export const SSL_TRUNCATED = 41;
// and of http.
export const HTTP_VERSION = 55;
export const HTTP_METHOD = 56;
export const HTTP_HOST = 57;
export const HTTP_URI = 58;
export const HTTP_USER_AGENT = 59;
export const HTTP_STATUS = 60;
export const HTTP_MESSAGE = 61;
export const HTTP_GRPC_STATUS = 62;
export const HTTP_REQUEST_BODY = 63;
export const HTTP_RESPONSE_BODY = 64;
export const HTTP_LATENCY = 65;
export const HTTP_TRUNCATED = 66;

// A column: what its rows have, numbers of any width or numbers of entries (-1 for none); whether they have none; how many
// entries there are, of lists how many elements, and bytes of their texts; entries: codes, or where texts (lists) begin among
// the column's texts (elements), with one more for where the last one ends; which entry had a text of some hash last, plus 1.
export const NULLS_AT = BATCH_ROWS * UID_WIDTH;
export const ENTRY_COUNT_AT = NULLS_AT + BATCH_ROWS;
export const ELEMENT_COUNT_AT = ENTRY_COUNT_AT + 4;
export const TEXT_BYTES_AT = ELEMENT_COUNT_AT + 4;
export const ENTRIES_AT = TEXT_BYTES_AT + 4;
export const RECENT_AT = ENTRIES_AT + (BATCH_ROWS + 1) * 4;
export const RECENT = 256;
/** A multiple of 64, but not of 128: a row of all columns would fall into few sets of the caches. */
export const COLUMN_BYTES = 24640;
export const COLUMNS_AT = TABLES_AT;

/** Texts of a column, one after the other. Those of DNS_ANSWERS go on where the next six columns have none. */
export const COLUMN_TEXTS = 262144;
export const TEXTS_AT = COLUMNS_AT + TABLES * TABLE_COLUMNS * COLUMN_BYTES;

/** Elements of columns of lists: numbers, or where texts begin, with one more for where the last one ends. */
export const LIST_ELEMENTS = 65536;
export const MOST_ELEMENTS = 256; // of one list
export const ANSWERS_AT = TEXTS_AT + 68 * COLUMN_TEXTS;
export const TTLS_AT = ANSWERS_AT + LIST_ELEMENTS * 4 + 8;

// Of a batch that lies alone, in ROW_BATCH_BYTES: its columns, their texts, and elements as above.
export const ALONE_TEXTS = TABLE_COLUMNS * COLUMN_BYTES;
export const ALONE_ANSWERS = ALONE_TEXTS + (TABLE_COLUMNS + 3) * COLUMN_TEXTS; // the answers' texts go on behind the last column
export const ALONE_TTLS = ALONE_ANSWERS + LIST_ELEMENTS * 4 + 8;
