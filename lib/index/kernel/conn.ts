/**
 * Flows that ended, and the columns of `conn` that are made of a batch of them, in the kernel's memory: constants that both
 * the kernel (AssemblyScript) and its callers read.
 */
import { ROW_INTEGERS } from '../engine/row.ts';
import { CONN_AT } from './layout.ts';

/** A record: the row of the flow as it was in the end, then its translation in eight integers. */
export const FLOW_RECORD_INTEGERS = ROW_INTEGERS + 8;
export const FLOW_RECORD_BYTES = FLOW_RECORD_INTEGERS * 4;
/** The other responder of the flow, behind address translation or in front of it: 0, 4 or 6, where 0 is none, */
export const TRANSLATED_VERSION = ROW_INTEGERS;
export const TRANSLATED_PORT = ROW_INTEGERS + 1;
export const TRANSLATED_ADDRESS = ROW_INTEGERS + 2; // its port, and one word or four

/** Records that are collected before columns are made of them. */
export const FLOW_RECORDS = 4096;

/** Characters of a community id: version, colon, and 160 bits as 27 digits of base 64 and "=". */
export const COMMUNITY_ID_WIDTH = 30;

// Columns of integers,
export const FLOW = 0;
export const ORIG_PORT = 1;
export const RESP_PORT = 2;
export const IP_PROTO = 3;
export const ORIG_FLAGS = 4;
export const RESP_FLAGS = 5;
export const ORIG_RETRANSMITTED = 6;
export const RESP_RETRANSMITTED = 7;
export const ORIG_OUT_OF_ORDER = 8;
export const RESP_OUT_OF_ORDER = 9;
export const ORIG_DUPLICATE_ACKS = 10;
export const RESP_DUPLICATE_ACKS = 11;
export const ORIG_ZERO_WINDOWS = 12;
export const RESP_ZERO_WINDOWS = 13;
export const ORIG_KEEP_ALIVES = 14;
export const RESP_KEEP_ALIVES = 15;
export const RESETS = 16;
export const MIN_TTL = 17;
export const MAX_TTL = 18;
export const VLAN = 19;
export const INNER_VLAN = 20;
export const TRANSLATED_PORTS = 21;
/** Of what is in a dictionary; -1 for none. */
export const ORIG_HOST = 22;
export const RESP_HOST = 23;
export const TRANSLATED_HOST = 24;
export const HISTORY = 25;
export const STATE = 26;
export const SERVICE = 27;
export const TUNNEL = 28;
export const INTERFACES = 29;
// of integers of 64 bits,
export const TS = 30;
export const ORIG_PACKETS = 31;
export const RESP_PACKETS = 32;
export const DUPLICATES = 33;
export const PACKET_ROWS = 34;
export const ORIG_BYTES = 35;
export const RESP_BYTES = 36;
export const ORIG_IP_BYTES = 37;
export const RESP_IP_BYTES = 38;
export const ORIG_L2_BYTES = 39;
export const RESP_L2_BYTES = 40;
export const FIRST_OFFSET = 41;
export const LAST_OFFSET = 42;
export const MISSED_BYTES = 43;
// of doubles, seconds,
export const DURATION = 44;
export const SERVER_RTT = 45;
export const CLIENT_RTT = 46;
// and of bytes: whether there is none of the former, and others.
export const NO_VLAN = 47;
export const NO_INNER_VLAN = 48;
export const NO_DURATION = 49;
export const NO_SERVER_RTT = 50;
export const NO_CLIENT_RTT = 51;
export const NOT_TRANSLATED = 52;
export const TRUNCATED = 53;
export const CONN_COLUMNS = 54;
/** Not a multiple of 4096: a row of all columns would fall into one set of the cache. */
export const CONN_COLUMN_BYTES = FLOW_RECORDS * 8 + 192;
export const UIDS_AT = CONN_AT + CONN_COLUMNS * CONN_COLUMN_BYTES;
export const COMMUNITY_IDS_AT = UIDS_AT + FLOW_RECORDS * 18;

/** Keys that are kept from batch to batch, each with a number and a text; all are forgotten before there are more. */
export const MOST_KEPT = 32768;
export const KEY_INTEGERS = 5;
export const KEY_TEXT = 48; // bytes: a length, and what the longest address (39) and history (24) need
// What there is of one table of keys: how many there are, and how many the batch uses; of the first one also the number of the batch;
export const KEPT_COUNT = 0;
export const KEPT_USED = 1;
export const KEPT_BATCH = 2;
// the texts that the batch uses, as a text list; what the kernel needs besides.
export const USED_OFFSETS_AT = 64;
export const USED_TEXTS_AT = USED_OFFSETS_AT + FLOW_RECORDS * 4 + 64;
export const KEYS_AT = USED_TEXTS_AT + FLOW_RECORDS * KEY_TEXT;
export const KEY_TEXTS_AT = KEYS_AT + MOST_KEPT * KEY_INTEGERS * 4;
export const KEPT_BATCHES_AT = KEY_TEXTS_AT + MOST_KEPT * KEY_TEXT;
export const KEPT_PLACES_AT = KEPT_BATCHES_AT + MOST_KEPT * 4;
export const KEPT_SLOTS_AT = KEPT_PLACES_AT + MOST_KEPT * 4;
export const KEPT_SLOTS = MOST_KEPT * 2;
export const KEPT_BYTES = KEPT_SLOTS_AT + KEPT_SLOTS * 4;
/** Hosts of originators, of responders, of translated responders; histories. */
export const ORIG_HOSTS = 0;
export const RESP_HOSTS = 1;
export const TRANSLATED_HOSTS = 2;
export const HISTORIES = 3;
export const KEPT_TABLES = 4;
export const KEPT_AT = COMMUNITY_IDS_AT + FLOW_RECORDS * COMMUNITY_ID_WIDTH;
