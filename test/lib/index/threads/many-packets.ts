const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');

/** A capture of one UDP packet, again and again. */
export function manyPackets(count: number): Buffer {
  const packet = Buffer.alloc(16 + 42);
  packet.writeUInt32LE(42, 8);
  packet.writeUInt32LE(42, 12);
  packet.writeUInt16BE(0x0800, 16 + 12);
  Buffer.from([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]).copy(packet, 16 + 14);
  Buffer.from([0, 7, 0, 7, 0, 8, 0, 0]).copy(packet, 16 + 34);
  const capture = Buffer.alloc(24 + count * packet.length);
  capture.fill(packet, 24);
  header.copy(capture);
  return capture;
}
