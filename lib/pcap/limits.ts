/** Bounds on what a hostile file can make a reader do. */
export interface Limits {
  /** Bytes of one record: tcpdump's and Wireshark's own bound. A longer one means that the file is corrupt. */
  recordBytes: number;
  /** Bytes that are looked at to find the next record behind a damaged one. */
  searchedBytes: number;
  /** Bytes that come out of decompression, over all layers of one file. */
  inflatedBytes: number;
  /** Bytes out per byte in, once `ratioFloor` bytes are out; zero-filled captures reach 1000. */
  inflateRatio: number;
  ratioFloor: number;
  /** Files in an archive. */
  entries: number;
  /** Layers of compression and archives around a capture. */
  depth: number;
  /** Interfaces described by one file. */
  interfaces: number;
  /** Flows at once: when there are more, all of them end. */
  flows: number;
}

export const DEFAULT_LIMITS: Limits = {
  recordBytes: 262_144,
  searchedBytes: 64 * 2 ** 20,
  inflatedBytes: 2 ** 40,
  inflateRatio: 1200,
  ratioFloor: 64 * 2 ** 20,
  entries: 100_000,
  depth: 4,
  interfaces: 65_536,
  flows: 8_388_608, // what fits in 4 GiB
};
