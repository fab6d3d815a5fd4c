/**
 * A live flow is one row of a single buffer, seen as 32-bit integers and as doubles at once: no object per
 * flow, nothing for the garbage collector to walk. Positions of integers count in integers, those of doubles in
 * doubles, both from the start of the row. What every packet touches lies together: a row is seven cache lines,
 * of which a packet needs three or four.
 */

// First line, integers: how the flow is found, and what each of its packets is noted with.
export const HASH = 0;
export const KIND = 1; // IP version << 8 | protocol
export const PORTS = 2; // originator's in the upper half
export const MARKS = 3;
export const ORIG_ADDRESS = 4; // 4 words; IPv4 uses the first
export const RESP_ADDRESS = 8;
export const ORDINAL = 12;
export const PACKET_ROWS = 13;
export const INTERFACES = 14; // number of a set of Interfaces, 0 for none
export const TTL = 15; // minimum | maximum << 8

// Second line, doubles (times are nanoseconds on the clock of the capture) and two integers.
export const LAST_TIME = 8;
export const LAST_OFFSET = 9;
export const FIRST_TIME = 10;
export const FIRST_OFFSET = 11;
export const SYN_TIME = 12;
export const SYN_ACK_TIME = 13;
export const ESTABLISHED_TIME = 14;
export const DUPLICATES = 30;
export const TUNNEL = 31; // number of a text of Tunnels, 0 for none

// Third line, integers that change seldom.
export const VLAN = 32; // plus 1, 0 for none
export const INNER_VLAN = 33;
export const SERVICE = 34; // number of a service of Applications, 0 for none
export const RESETS = 35;
export const HISTORY = 36; // 4 words of 6 letters of 5 bits
export const HISTORY_LENGTH = 40;

// Two lines for each direction.
export const INTEGERS_OF_DIRECTION = 48;
export const DIRECTION_INTEGERS = 32;
export const PACKETS = 0;
export const STATE = 1; // Zeek's state of a TCP endpoint
export const NEXT = 2; // after the highest sequence number seen
export const ACK = 3;
export const WINDOW = 4;
export const FLAGS = 5; // TCP flags, or-ed
export const SEEN = 6; // SEEN_… bits
export const MISSED = 7; // bytes in holes of the stream
export const START = 20; // first sequence number of the stream
export const RETRANSMITTED = 21;
export const OUT_OF_ORDER = 22;
export const DUPLICATE_ACKS = 23;
export const DUPLICATE_ACK_RUN = 24;
export const ZERO_WINDOWS = 25;
export const KEEP_ALIVES = 26;
export const LAST_SYN = 27;
export const LAST_FIN = 28;

export const DOUBLES_OF_DIRECTION = INTEGERS_OF_DIRECTION / 2;
export const DIRECTION_DOUBLES = DIRECTION_INTEGERS / 2;
export const IP_BYTES = 4;
export const L2_BYTES = 5;
export const PAYLOAD_BYTES = 6;
export const SPAN = 7; // bytes of the stream, by sequence numbers
export const DATA_TIME = 8; // of the last segment that takes up sequence numbers
export const ACK_TIME = 9;

export const ROW_INTEGERS = INTEGERS_OF_DIRECTION + 2 * DIRECTION_INTEGERS;
export const ROW_DOUBLES = ROW_INTEGERS / 2;

// Bits of MARKS.
export const MARK_TRUNCATED = 1;
export const MARK_ASKED_ORIG = 2; // the applications were asked about the originator's first payload
export const MARK_ASKED_RESP = 4;
export const MARK_RECOGNISED = 8;
export const MARK_STREAM = 16; // a conversation listens
export const MARK_LIVE = 32;

// Bits of SEEN.
export const SEEN_NEXT = 1; // NEXT is known
export const SEEN_ACK = 2; // ACK and WINDOW are known
export const SEEN_KEEP_ALIVE = 4; // the last segment was a keep-alive
export const SEEN_SYN = 8;
export const SEEN_FIN = 16;
export const SEEN_RST = 32;
export const SEEN_DATA = 64;
export const SEEN_PURE_ACK = 128;
export const SEEN_ODD_FLAGS = 256;
