/** The records of a classic pcap (little-endian, headers of 16 bytes), each with its header. */
export function recordsOf(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const end = at + 16 + bytes.readUInt32LE(at + 8);
    records.push(bytes.subarray(at, end));
    at = end;
  }
  return records;
}

/** A classic pcap as the parts that `tcpdump -C` would write: of about the same number of records each. */
export function partsOf(bytes: Buffer, count: number): Buffer[] {
  const records = recordsOf(bytes);
  const size = Math.ceil(records.length / count);
  return Array.from({ length: count }, (_, part) =>
    Buffer.concat([bytes.subarray(0, 24), ...records.slice(part * size, (part + 1) * size)]),
  );
}
