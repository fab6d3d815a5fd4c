/**
 * A live flow is one row of a single buffer, seen as 32-bit integers and as doubles at once: no object per
 * flow, nothing for the garbage collector to walk. Positions of integers count in integers, those of doubles in
 * doubles, both from the start of the row. A row is seven cache lines; what every packet needs is on three: the
 * first, and one for each direction. With a few hundred thousand flows each line is a trip to memory.
 */

// First line: how the flow is found, and what each of its packets is noted with.
export const HASH = 0;
export const KIND = 1; // IP version << 8 | protocol
export const PORTS = 2; // originator's in the upper half
export const MARKS = 3;
export const ORIG_ADDRESS = 4; // IPv4, or the first word of IPv6
export const RESP_ADDRESS = 5;
export const ORDINAL = 6;
export const PACKET_ROWS = 7;
export const INTERFACES = 8; // number of a set of Interfaces, 0 for none
export const TTL = 9; // minimum | maximum << 8
export const PACKET_BATCH = 10; // batch of packets in which the flow has the number FLOW_IN_BATCH
export const FLOW_IN_BATCH = 11;
export const LAST_TIME = 6; // a double, as is every time: nanoseconds on the clock of the capture
export const LAST_OFFSET = 7;

// Second line, doubles: the beginning.
export const FIRST_TIME = 8;
export const FIRST_OFFSET = 9;
export const SYN_TIME = 10;
export const SYN_ACK_TIME = 11;
export const ESTABLISHED_TIME = 12;
// The rest of it and the third line, integers that change seldom.
export const ORIG_TAIL = 26; // further three words of IPv6
export const RESP_TAIL = 29;
export const DUPLICATES = 32;
export const TUNNEL = 33; // number of a text of Tunnels, 0 for none
export const VLAN = 34; // plus 1, 0 for none
export const INNER_VLAN = 35;
export const SERVICE = 36; // number of a service, 0 for none; with MARK_STREAM, where the kernel keeps the stream
export const RESETS = 37;
export const HISTORY = 38; // 4 words of 6 letters of 5 bits
export const HISTORY_LENGTH = 42;
export const ALIAS = 43; // row of the first alias (see Translations) plus 1, 0 for none
export const OVER_TIME = 22; // doubles, where MARKS say so: nothing more is expected since then,
export const END_TIME = 23; // and both ends closed

// Fourth and fifth line: one for each direction.
export const INTEGERS_OF_DIRECTION = 48;
export const DIRECTION_INTEGERS = 16;
export const PACKETS = 0;
export const STATE = 1; // Zeek's state of a TCP endpoint
export const NEXT = 2; // after the highest sequence number seen
export const ACK = 3;
export const WINDOW = 4;
export const FLAGS = 5; // TCP flags, or-ed
export const SEEN = 6; // SEEN_… bits
export const MISSED = 7; // bytes in holes of the stream that are not filled yet
export const DOUBLES_OF_DIRECTION = INTEGERS_OF_DIRECTION / 2;
export const DIRECTION_DOUBLES = DIRECTION_INTEGERS / 2;
export const IP_BYTES = 4;
export const L2_BYTES = 5;
export const STREAM_BYTES = 6; // of TCP by sequence numbers, else payload
export const SEEN_TIME = 7; // of the direction's last packet

// Sixth and seventh line: what happens seldom, for each direction.
export const EVENTS = INTEGERS_OF_DIRECTION + 2 * DIRECTION_INTEGERS;
export const DIRECTION_EVENTS = 16;
export const START = 0; // first sequence number of the stream
export const RETRANSMITTED = 1;
export const OUT_OF_ORDER = 2;
export const DUPLICATE_ACKS = 3;
export const DUPLICATE_ACK_RUN = 4;
export const ZERO_WINDOWS = 5;
export const KEEP_ALIVES = 6;
export const LAST_SYN = 7;
export const LAST_FIN = 8;
export const UNACKED_HOLES = 9; // bytes in holes that the peer has not acknowledged,
export const HOLE = 10; // and where the first of them begins
export const LOST = 11; // bytes that the peer acknowledged before they were seen, if ever
export const ACKED = 12; // up to where the peer acknowledged bytes behind NEXT, with SEEN_ACKED_UNSEEN
export const RESENT = 13; // what Zeek's history counts: segments with nothing new,
export const GAPS = 14; // acknowledged holes,
export const CLOSED_WINDOWS = 15; // and windows of 0

export const ROW_INTEGERS = EVENTS + 2 * DIRECTION_EVENTS;
export const ROW_DOUBLES = ROW_INTEGERS / 2;

// Bits of MARKS.
export const MARK_TRUNCATED = 1;
export const MARK_STREAM = 16; // a conversation listens
export const MARK_LIVE = 32;
export const MARK_DONE_ORIG = 128; // the applications want nothing more of the originator
export const MARK_DONE_RESP = 256;
export const MARK_ALIAS = 64; // leads to the row whose number stands in ORDINAL
export const MARK_OVER = 512; // OVER_TIME is known
export const MARK_ENDED = 1024; // END_TIME is known

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
export const SEEN_ESTABLISHED = 512; // ESTABLISHED_TIME is settled
export const SEEN_DUPLICATE_ACK = 1024; // DUPLICATE_ACK_RUN is not 0
export const SEEN_ACKED_UNSEEN = 2048; // ACKED is known

// Values of STATE, Zeek's states of a TCP endpoint, in its lower four bits.
export const INACTIVE = 0;
export const SYN_SENT = 1;
export const SYN_ACK_SENT = 2;
export const PARTIAL = 3;
export const ESTABLISHED = 4;
export const CLOSED = 5;
export const RESET = 6;

// Letters of HISTORY.
export const HISTORY_SYN = 0;
export const HISTORY_SYN_ACK = 1;
export const HISTORY_ACK = 2;
export const HISTORY_DATA = 3;
export const HISTORY_FIN = 4;
export const HISTORY_RST = 5;
export const HISTORY_GAP = 6;
export const HISTORY_RETRANSMISSION = 7;
export const HISTORY_ZERO_WINDOW = 8;
export const HISTORY_FIN_RST = 9;
export const HISTORY_ODD_FLAGS = 10;
export const HISTORY_FLIPPED = 12;
export const HISTORY_LETTER_BITS = 5;
export const HISTORY_LETTERS_PER_WORD = 6;
export const HISTORY_WORDS = 4;
