/** What a compressed file begins with. */

export function isGzip(head: Uint8Array): boolean {
  return head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

export function isZstd(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const isFrame = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  const isSkippable = head[0]! >> 4 === 5 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
  return isFrame || isSkippable;
}

/** True for the beginning of a file that is compressed as a whole. */
export function isCompressed(head: Uint8Array): boolean {
  return isGzip(head) || isZstd(head);
}
