/** Keys of Initial packets: they protect against accidents only, anyone can derive them (RFC 9001 section 5.2). */

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { VERSION_1, VERSION_2 } from './packet.ts';

const SALT_1 = Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex');
const SALT_2 = Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'); // RFC 9369 section 3.3.1
const SALT_DRAFT_29 = Buffer.from('afbfec289993d24c9e9786f19c6111e04390a899', 'hex');
const SALT_DRAFT_23 = Buffer.from('c3eef712c72ebb5a11a7d2432bb46365bef9f502', 'hex');
const TAG = 16;
const SAMPLE = 16;

export interface PacketKeys {
  key: Buffer;
  iv: Buffer;
  headerProtection: Buffer;
}

/** Keys of both sides, from the connection id that the client chose for the server. */
export function initialKeys(
  version: number,
  destination: Uint8Array,
): { client: PacketKeys; server: PacketKeys } {
  const secret = createHmac('sha256', saltOf(version)).update(destination).digest();
  const prefix = version === VERSION_2 ? 'quicv2' : 'quic';
  const side = (label: string): PacketKeys => {
    const own = expand(secret, label, 32);
    return {
      key: expand(own, `${prefix} key`, 16),
      iv: expand(own, `${prefix} iv`, 12),
      headerProtection: expand(own, `${prefix} hp`, 16),
    };
  };
  return { client: side('client in'), server: side('server in') };
}

function saltOf(version: number): Buffer {
  if (version === VERSION_1 || version >= 0xff000021) return SALT_1; // draft-33 on
  if (version === VERSION_2) return SALT_2;
  return version >= 0xff00001d ? SALT_DRAFT_29 : SALT_DRAFT_23;
}

/** HKDF-Expand-Label (RFC 8446 section 7.1) for at most one block of SHA-256. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = `tls13 ${label}`;
  const info = Buffer.concat([
    Buffer.from([length >> 8, length & 0xff, name.length]),
    Buffer.from(name, 'latin1'),
    Buffer.from([0, 1]), // no context; the number of the block
  ]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

/**
 * The payload of the packet that lies in `buf` from `start` to `packetEnd`, of which the bytes up to `end` are there.
 * Undefined when these are not its keys; a packet that is cut is decrypted as far as it goes, unproven.
 */
export function decrypt(
  keys: PacketKeys,
  buf: Uint8Array,
  start: number,
  packetNumber: number,
  packetEnd: number,
  end: number,
): Buffer | undefined {
  const sample = packetNumber + 4;
  if (sample + SAMPLE > end || packetEnd - sample < TAG) return undefined;
  const cipher = createCipheriv('aes-128-ecb', keys.headerProtection, null);
  const mask = cipher.update(buf.subarray(sample, sample + SAMPLE));
  const header = Buffer.from(buf.subarray(start, sample));
  header[0]! ^= mask[0]! & 0x0f;
  const size = (header[0]! & 3) + 1;
  const nonce = Buffer.from(keys.iv);
  for (let i = 0; i < size; i++) {
    const at = packetNumber - start + i;
    header[at]! ^= mask[1 + i]!;
    nonce[nonce.length - size + i]! ^= header[at]!;
  }
  const body = packetNumber + size;
  const isWhole = packetEnd <= end;
  const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce, { authTagLength: TAG });
  decipher.setAAD(header.subarray(0, body - start));
  const text = decipher.update(
    buf.subarray(body, Math.max(body, isWhole ? packetEnd - TAG : Math.min(end, packetEnd - TAG))),
  );
  if (!isWhole) return text;
  decipher.setAuthTag(buf.subarray(packetEnd - TAG, packetEnd));
  try {
    decipher.final();
    return text;
  } catch {
    return undefined;
  }
}
