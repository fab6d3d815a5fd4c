/**
 * A live flow is one row of a single buffer, seen as doubles and as 32-bit integers at once: no object per
 * flow, nothing for the garbage collector to walk. Positions of the doubles count in doubles, those of the
 * integers in integers, both from the start of the row. Fields of a direction come twice.
 */

// Doubles. Times are nanoseconds on the clock of the capture.
export const FIRST_TIME = 0;
export const LAST_TIME = 1;
export const FIRST_OFFSET = 2;
export const LAST_OFFSET = 3;
export const SYN_TIME = 4;
export const SYN_ACK_TIME = 5;
export const ESTABLISHED_TIME = 6;
export const DOUBLES_OF_DIRECTION = 7;
export const DIRECTION_DOUBLES = 6;
export const IP_BYTES = 0;
export const L2_BYTES = 1;
export const PAYLOAD_BYTES = 2;
export const SPAN = 3; // bytes of the stream, by sequence numbers
export const DATA_TIME = 4; // of the last segment that takes up sequence numbers
export const ACK_TIME = 5;
const DOUBLES = DOUBLES_OF_DIRECTION + 2 * DIRECTION_DOUBLES;

// Integers.
const INTEGERS_START = 2 * DOUBLES;
export const HASH = INTEGERS_START;
export const ORIG_ADDRESS = HASH + 1; // 4 words; IPv4 uses the first
export const RESP_ADDRESS = HASH + 5;
export const PORTS = HASH + 9; // originator's in the upper half
export const KIND = HASH + 10; // IP version << 8 | protocol
export const ORDINAL = HASH + 11;
export const MARKS = HASH + 12;
export const VLAN = HASH + 13;
export const INNER_VLAN = HASH + 14;
export const TUNNEL = HASH + 15; // index into the capture's tunnels, -1 for none
export const SERVICE = HASH + 16; // index into the capture's services, -1 for none
export const INTERFACES = HASH + 17; // bit set over the capture's interfaces
export const DUPLICATES = HASH + 18;
export const TTL = HASH + 19; // minimum | maximum << 8
export const PACKET_ROWS = HASH + 20;
export const RESETS = HASH + 21;
export const HISTORY = HASH + 22; // 4 words of 6 letters of 5 bits
export const HISTORY_LENGTH = HASH + 26;
export const INTEGERS_OF_DIRECTION = HASH + 27;
export const DIRECTION_INTEGERS = 17;
export const PACKETS = 0;
export const STATE = 1; // Zeek's state of a TCP endpoint
export const START = 2; // first sequence number of the stream
export const NEXT = 3; // after the highest sequence number seen
export const ACK = 4;
export const WINDOW = 5;
export const FLAGS = 6; // TCP flags, or-ed
export const SEEN = 7; // SEEN_… bits
export const RETRANSMITTED = 8;
export const OUT_OF_ORDER = 9;
export const DUPLICATE_ACKS = 10;
export const DUPLICATE_ACK_RUN = 11;
export const ZERO_WINDOWS = 12;
export const KEEP_ALIVES = 13;
export const MISSED = 14; // bytes in holes of the stream
export const LAST_SYN = 15;
export const LAST_FIN = 16;

export const ROW_INTEGERS = 2 * Math.ceil((INTEGERS_OF_DIRECTION + 2 * DIRECTION_INTEGERS) / 2);
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
