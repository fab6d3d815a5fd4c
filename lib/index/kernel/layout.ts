/**
 * The kernel's memory, in bytes: constants that both the kernel (AssemblyScript) and its callers read. Rows of flows lie
 * behind all else, as only they grow; what is not used of the rest takes no memory of the machine.
 */

/** Packets of one batch, which becomes one run of rows. More would not stay in the cache while they are sorted. */
export const PACKET_RECORDS = 131072;
export const PACKET_RECORD_BYTES = 32;
/** Behind the records of a batch: the ordinals of their flows, by the number that a record has of its flow. */
export const PACKET_ORDINALS = PACKET_RECORDS * PACKET_RECORD_BYTES;
export const PACKET_BATCH_BYTES = PACKET_ORDINALS + PACKET_RECORDS * 4;
/** One is filled, two may wait while rows are made of the last. */
export const PACKET_BATCHES = 4;
/** Of flows that ended (see conn.ts): they end in bursts, many at each look for idle ones. */
export const FLOW_BATCH_BYTES = 2097152;
export const FLOW_BATCHES = 7;
/** The most flows at once: rows of more would not fit in 4 GiB. */
export const MOST_FLOWS = 8388608;
/** Where bytes of a capture lie: what is read in one go, or twelve pieces of what other threads inflate. */
export const INPUT_BYTES = 12583680;
/** Bytes that come from elsewhere are copied so many at a time: they stay in the second level cache. */
export const COPY_BYTES = 262144;
/** Sightings that are remembered, for packets that are seen on several interfaces. */
export const SIGHTINGS = 65536;
export const SIGHTING_BYTES = 24;
/** Sets of interfaces that were extended lately. */
export const INTERFACE_SETS = 4096;
export const INTERFACE_SET_BYTES = 16;

export const STATE_AT = 1024;
export const PACKET_AT = 2048;
export const SIGHTINGS_AT = 65536;
export const SERVERS_AT = SIGHTINGS_AT + SIGHTINGS * SIGHTING_BYTES;
export const INTERFACE_SETS_AT = SERVERS_AT + 65536;
export const PACKET_BATCHES_AT = INTERFACE_SETS_AT + INTERFACE_SETS * INTERFACE_SET_BYTES;
export const FLOW_BATCHES_AT = PACKET_BATCHES_AT + PACKET_BATCHES * PACKET_BATCH_BYTES;
/** What sorting packets takes (see packets.ts of the columns). */
export const SORT_AT = FLOW_BATCHES_AT + FLOW_BATCHES * FLOW_BATCH_BYTES;
/** Columns of the batch, sorted: of 64 bits, of 32 bits, and the last one of bytes. */
export const COLUMNS_AT = SORT_AT + PACKET_RECORDS * 24 + 8192;
export const TS_COLUMN = COLUMNS_AT;
export const OFFSET_COLUMN = TS_COLUMN + PACKET_RECORDS * 8;
export const FLOW_COLUMN = OFFSET_COLUMN + PACKET_RECORDS * 8;
export const CAPLEN_COLUMN = FLOW_COLUMN + PACKET_RECORDS * 4;
export const ORIGLEN_COLUMN = CAPLEN_COLUMN + PACKET_RECORDS * 4;
export const MEMBER_COLUMN = ORIGLEN_COLUMN + PACKET_RECORDS * 4;
export const DIRECTION_COLUMN = MEMBER_COLUMN + PACKET_RECORDS * 4;
export const DUPLICATE_COLUMN = DIRECTION_COLUMN + PACKET_RECORDS * 4;
export const INPUT_AT = DUPLICATE_COLUMN + PACKET_RECORDS;
export const COPY_AT = INPUT_AT + INPUT_BYTES;
export const SLOTS_AT = COPY_AT + COPY_BYTES;
/** Hash and row of a flow side by side, twice as many as there may be flows; then conversations and what they hold. */
export const HEAP_AT = SLOTS_AT + MOST_FLOWS * 16;
export const HEAP_BYTES = 251658240;
/** Where a text is made, or the answers of one DNS message, */
export const TEXT_AT = HEAP_AT + HEAP_BYTES;
export const TEXT_BYTES = 4194304;
/** where the payload of a packet is put that lies elsewhere, */
export const PAYLOAD_AT = TEXT_AT + TEXT_BYTES;
export const PAYLOAD_BYTES = 262144;
/** where the callers say what a ClientHello shows, and kinds of clients that were met (see assembly/tls/client.ts). */
export const CLIENT_AT = PAYLOAD_AT + PAYLOAD_BYTES;
export const CLIENT_BYTES = 262144;
export const KINDS_AT = CLIENT_AT + CLIENT_BYTES;
export const KINDS = 256;
export const KIND_BYTES = 2048;
/** Where callers put bytes that they hand over. */
export const CALLER_AT = KINDS_AT + 2 * KINDS * KIND_BYTES;
export const CALLER_BYTES = 131072;
/** Queries that wait for their answer, by a hash. */
export const QUERIES_AT = CALLER_AT + CALLER_BYTES;
export const QUERY_SLOTS = 16384;
/** Free blocks of the heap by size, */
export const FREE_AT = QUERIES_AT + QUERY_SLOTS * 4;
/** the name of the DNS message that is read, and its answers: where their texts are, how long they are, their TTLs, */
export const NAME_AT = FREE_AT + 256;
export const ANSWER_ENTRIES_AT = NAME_AT + 4096;
/** what all uids of the capture begin with, */
export const UID_PREFIX_AT = ANSWER_ENTRIES_AT + 4096;
/** types of ICMP, then of ICMPv6, that are neither question nor answer, where SHA-1 works, and where keys of columns are made texts. */
export const STANDS_ALONE_AT = UID_PREFIX_AT + 256;
export const MESSAGE_AT = STANDS_ALONE_AT + 512;
export const KEY_TEXT_AT = MESSAGE_AT + 512;
/** Columns of the rows that applications write; see tables.ts. */
export const TABLES_AT = KEY_TEXT_AT + 512;
export const TABLES_BYTES = 20447232;
/** Batches of such rows, where another thread reads them. */
export const ROW_BATCHES_AT = TABLES_AT + TABLES_BYTES;
export const ROW_BATCH_BYTES = 8519680;
export const ROW_BATCHES = 6;
/** Columns of a batch of flows that ended, and the keys of its texts (see conn.ts). */
export const CONN_AT = ROW_BATCHES_AT + ROW_BATCHES * ROW_BATCH_BYTES;
export const CONN_BYTES = 14680064;
export const ROWS_AT = CONN_AT + CONN_BYTES;

// What is in the state: integers,
export const RECORD_COUNT = 0; // packets in the batch,
export const FLOW_COUNT = 1; // flows that have some,
export const BATCH = 2; // and its number, from 1
export const DUPLICATES = 3; // further sightings so far
export const RETRANSMISSIONS = 4; // so far
export const RUN_PACKETS = 6; // of a run of records: packets that were taken,
export const RUN_SECONDS = 7; // the time of the last one,
export const RUN_RESULT = 8; // and why it ended
export const FLOWS = 9; // flows so far; the next one's number
export const CAPACITY = 10; // rows that there is room for,
export const TOP = 11; // those that were ever in use at once: no live row has this number or a higher one,
export const LIVE = 12; // and those in use
export const UNFOLLOWED = 14; // flows whose payload no one was told, as there was no memory
export const FLOW_RECORD_COUNT = 15; // flows that ended, in the batch
export const FREE = 13; // the row that was freed last, less 1; 0 for none. In HASH it has the one before
// and, after 16 of them, doubles.
export const RUN_BYTES = 8; // on the wire
export const RUN_EARLIEST = 9; // times
export const RUN_LATEST = 10;
export const RUN_NOW = 11;

// What is in the packet (see assembly/packet.ts): doubles,
export const TIME = 0;
export const OFFSET = 1;
// and integers.
export const CAPLEN = 4;
export const ORIGLEN = 5;
export const END = 6;
export const PLACE = 7;
export const IFINDEX = 8;
export const VERSION = 9;
export const IS_BROADCAST = 10;
export const HAS_TRANSPORT = 11;
export const IP_LENGTH = 12;
export const IDENTIFICATION = 13;
export const TTL = 14;
export const PROTOCOL = 15;
export const PORTS = 16;
export const PAYLOAD = 17;
export const PAYLOAD_LENGTH = 18;
export const SEQUENCE = 19;
export const ACKNOWLEDGEMENT = 20;
export const FLAGS = 21;
export const WINDOW = 22;
/** What its flow is found by: IP version << 8 | protocol; four words of the source, four of the destination. */
export const KIND = 23;
export const KEY = 24;
export const PACKET_INTEGERS = 32;

// For each port, whether it is one of a server.
export const TCP_SERVER = 1;
export const UDP_SERVER = 2;

// Nanoseconds. Zeek's inactivity timeouts; what has ended lingers for late packets.
export const TCP_IDLE = 300e9;
export const TCP_OVER = 5e9;
export const OTHER_IDLE = 60e9;
/** Sightings of one packet on different interfaces of a host follow each other within this time. */
export const SIGHTING_NANOSECONDS = 1e6;

// What became of a packet.
export const TAKEN = 0;
/** It has to be looked at more closely; nothing was done. */
export const UNUSUAL = 1;
/** The batch is full: nothing was done. */
export const FULL = 2;
/** The bytes end, or the next record is odd. */
export const STOPPED = 3;

// Texts that are made by the callers: see text.ts of the applications.
export const PRINTABLE = 0;
export const LATIN1 = 1;
export const LOWER_CASE = 2;

// What listens to a flow.
export const DNS_DATAGRAMS = 1;
export const DNS_STREAM = 2;
export const TLS = 3;
export const START_TLS = 4;
export const HTTP = 5;
/** Of the callers. */
export const HTTP2 = 6;
export const QUIC = 7;

/** What a conversation returns to hear nothing more of one direction, or of either (see analyser.ts). */
export const ENOUGH = 2147483647;
export const OVER = -1;

/** Among the alerts of TLS: one that is encrypted, and so of no known kind. */
export const ALERT_ENCRYPTED = 256;
