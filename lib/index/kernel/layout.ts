/**
 * The kernel's memory, in bytes: constants that both the kernel (AssemblyScript) and its callers read. Rows of flows lie
 * behind all else, as only they grow; what is not used of the rest takes no memory of the machine.
 */

/** Packets of one batch, which becomes one run of rows. More would not stay in the cache while they are sorted. */
export const PACKET_RECORDS = 131072;
export const PACKET_RECORD_BYTES = 32;
/** The most flows at once: rows of more would not fit in 4 GiB. */
export const MOST_FLOWS = 8388608;
/** Bytes of a capture that are read in one go: they stay in the second level cache. */
export const INPUT_BYTES = 262144;
/** Sightings that are remembered, for packets that are seen on several interfaces. */
export const SIGHTINGS = 65536;
export const SIGHTING_BYTES = 24;
/** Sets of interfaces that were extended lately. */
export const INTERFACE_SETS = 4096;
export const INTERFACE_SET_BYTES = 16;

export const STATE_AT = 1024;
export const SIGHTINGS_AT = 65536;
export const INTERFACE_SETS_AT = SIGHTINGS_AT + SIGHTINGS * SIGHTING_BYTES;
export const PACKET_RECORDS_AT = INTERFACE_SETS_AT + INTERFACE_SETS * INTERFACE_SET_BYTES;
export const PACKET_FLOWS_AT = PACKET_RECORDS_AT + PACKET_RECORDS * PACKET_RECORD_BYTES;
export const INPUT_AT = PACKET_FLOWS_AT + PACKET_RECORDS * 4;
export const COPY_AT = INPUT_AT + INPUT_BYTES;
export const SLOTS_AT = COPY_AT + INPUT_BYTES;
/** Hash and row of a flow side by side, twice as many as there may be flows. */
export const ROWS_AT = SLOTS_AT + MOST_FLOWS * 16;

// What is in the state: integers,
export const RECORD_COUNT = 0; // packets in the batch,
export const FLOW_COUNT = 1; // flows that have some,
export const BATCH = 2; // and its number, from 1
export const DUPLICATES = 3; // further sightings so far
export const PAYLOAD_FLOW = 4; // of the packet whose payload is wanted
export const PAYLOAD_DIRECTION = 5;
export const PAYLOAD = 6;
export const PAYLOAD_LENGTH = 7;
export const PAYLOAD_END = 8;
export const PAYLOAD_SEQUENCE = 9;
export const PAYLOAD_FLAGS = 10;
export const RUN_PACKETS = 11; // of a run of records: packets that were taken,
export const RUN_SECONDS = 12; // and the time of the last one
export const RUN_RESULT = 13; // why it ended
// and, after 32 of them, doubles.
export const PAYLOAD_TIME = 16;
export const RUN_BYTES = 17; // on the wire
export const RUN_EARLIEST = 18; // times
export const RUN_LATEST = 19;
export const RUN_NOW = 20;

// What became of a packet.
export const TAKEN = 0;
/** It has to be looked at more closely; nothing was done. */
export const UNUSUAL = 1;
/** As {@link UNUSUAL}, but it was noted as seen. */
export const UNUSUAL_NOTED = 2;
/** It was taken, and an application may want its payload. */
export const HAS_PAYLOAD = 3;
/** The batch is full: nothing was done. */
export const FULL = 4;
/** The bytes end, or the next record is odd. */
export const STOPPED = 5;
