import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Names as in the header `x-amz-checksum-<name>`. */
export const ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** COMPOSITE is a checksum of the parts' checksums; FULL_OBJECT is what one PUT of all bytes would have. */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

export interface Checksums {
  type: ChecksumType;
  /** Base64 of the big-endian bytes. */
  values: Partial<Record<Algorithm, string>>;
}

export interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

export const isAlgorithm = (name: string): name is Algorithm =>
  (ALGORITHMS as readonly string[]).includes(name);

export function createChecksum(algorithm: Algorithm): Checksum {
  if (algorithm === 'sha1' || algorithm === 'sha256') {
    const hash = createHash(algorithm);
    return { update: bytes => void hash.update(bytes), digest: () => hash.digest() };
  }
  if (algorithm === 'crc32') {
    let crc = 0;
    return {
      update: bytes => {
        crc = crc32(bytes, crc);
      },
      digest: () => bigEndian(BigInt(crc), 4),
    };
  }
  return tableCrc(algorithm);
}

/** Reflected polynomials: CRC-32 (zlib), CRC-32C (Castagnoli), CRC-64/NVME. */
const POLYNOMIALS = {
  crc32: { bits: 32n, polynomial: 0xedb88320n },
  crc32c: { bits: 32n, polynomial: 0x82f63b78n },
  crc64nvme: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

type Crc = keyof typeof POLYNOMIALS;

const tables = new Map<Crc, { low: Uint32Array; high: Uint32Array }>();

function table(algorithm: Crc) {
  let made = tables.get(algorithm);
  if (made) return made;
  const { polynomial } = POLYNOMIALS[algorithm];
  made = { low: new Uint32Array(256), high: new Uint32Array(256) };
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    made.low[byte] = Number(value & 0xffffffffn);
    made.high[byte] = Number(value >> 32n);
  }
  tables.set(algorithm, made);
  return made;
}

function tableCrc(algorithm: Crc): Checksum {
  const { low: lowTable, high: highTable } = table(algorithm);
  const wide = POLYNOMIALS[algorithm].bits === 64n;
  let low = 0xffffffff;
  let high = wide ? 0xffffffff : 0;
  return {
    update(bytes) {
      for (let i = 0; i < bytes.length; i++) {
        const index = (low ^ bytes[i]!) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ lowTable[index]!;
        high = (high >>> 8) ^ highTable[index]!;
      }
    },
    digest() {
      const value = (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
      return wide ? bigEndian(value, 8) : bigEndian(value & 0xffffffffn, 4);
    },
  };
}

function bigEndian(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}

/** The CRC of two runs of bytes from their CRCs: the first times x^(8·length) modulo the polynomial, plus the second. */
export function combineCrc(algorithm: Crc, first: string, second: string, secondLength: number): string {
  const { bits, polynomial } = POLYNOMIALS[algorithm];
  const top = 1n << (bits - 1n); // x^0, for bits are reflected
  const multiply = (a: bigint, b: bigint) => {
    let product = 0n;
    let factor = b;
    for (let mask = top; mask > 0n; mask >>= 1n) {
      if (a & mask) product ^= factor;
      factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n;
    }
    return product;
  };
  let power = top >> 8n; // x^8: one byte
  let shift = top;
  for (let length = secondLength; length > 0; length = Math.floor(length / 2)) {
    if (length % 2 === 1) shift = multiply(shift, power);
    power = multiply(power, power);
  }
  const value = (base64: string) => BigInt(`0x${Buffer.from(base64, 'base64').toString('hex')}`);
  return bigEndian(multiply(value(first), shift) ^ value(second), Number(bits / 8n)).toString('base64');
}

export const canCombine = (algorithm: Algorithm): algorithm is Crc => algorithm in POLYNOMIALS;
