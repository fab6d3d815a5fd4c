/** A repeatable source of randomness (xorshift32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }
}

export interface SamplePacket {
  linkType: number;
  bytes: Buffer;
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

/** A copy in which some bytes, lengths or pieces are not what they were, or where they were. */
export function mutate(random: Random, original: Buffer): Buffer {
  let bytes = Buffer.from(original);
  if (bytes.length === 0) return bytes;
  for (let count = 1 + random.below(6); count > 0 && bytes.length > 0; count--) {
    // Headers matter most: half of the changes are in the first 100 bytes.
    const at = random.below(random.below(2) === 0 ? bytes.length : Math.min(100, bytes.length));
    switch (random.below(7)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes[at] = EXTREMES[random.below(EXTREMES.length)]!;
        break;
      case 2:
        bytes[at] = bytes[at]! ^ (1 << random.below(8));
        break;
      case 3:
        bytes.fill(random.below(2) * 255, at, Math.min(bytes.length, at + 1 + random.below(4)));
        break;
      case 4:
        bytes.copy(bytes, at, random.below(bytes.length));
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(20))]);
        break;
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(1 + random.below(20), at),
          bytes.subarray(at),
        ]);
    }
  }
  return random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** One pcapng that holds packets of any link types. */
export function pcapng(packets: readonly SamplePacket[], random: Random): Buffer {
  const blocks = [Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex')];
  const linkTypes = [...new Set(packets.map(packet => packet.linkType))];
  for (const linkType of linkTypes) {
    const block = Buffer.alloc(20);
    block.writeUInt32LE(1);
    block.writeUInt32LE(20, 4);
    block.writeUInt16LE(linkType, 8);
    block.writeUInt32LE(20, 16);
    blocks.push(block);
  }
  let time = 1_700_000_000_000_000;
  for (const { linkType, bytes } of packets) {
    const length = 32 + ((bytes.length + 3) & ~3);
    const block = Buffer.alloc(length);
    // Now and then the clock runs backwards, or leaps.
    time += random.below(50) === 0 ? random.below(200_000_000) - 100_000_000 : random.below(1000);
    block.writeUInt32LE(6);
    block.writeUInt32LE(length, 4);
    block.writeUInt32LE(linkTypes.indexOf(linkType), 8);
    block.writeUInt32LE(Math.floor(time / 2 ** 32), 12);
    block.writeUInt32LE(time % 2 ** 32, 16);
    block.writeUInt32LE(bytes.length, 20);
    block.writeUInt32LE(bytes.length + random.below(3), 24);
    bytes.copy(block, 28);
    block.writeUInt32LE(length, length - 4);
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

export interface TarFile {
  name: string;
  bytes: Buffer;
  /** Claimed in place of the true size. */
  size?: number;
}

/** A ustar archive. */
export function tar(files: readonly TarFile[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { name, bytes, size = bytes.length } of files) {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write('0000644', 100);
    header.write(size.toString(8).padStart(11, '0'), 124);
    header.write('0', 156);
    header.write('ustar\x0000', 257);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The bytes in chunks of random sizes, each in a buffer that is overwritten by the next one. */
export async function* inChunks(bytes: Buffer, random: Random): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(4096);
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(1 + random.below(random.below(8) === 0 ? 40 : 4096), bytes.length - at);
    buffer.set(bytes.subarray(at, at + length));
    yield buffer.subarray(0, length);
    buffer.fill(0xee);
    at += length;
  }
}
