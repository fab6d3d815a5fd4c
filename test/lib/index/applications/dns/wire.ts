/** DNS messages made by hand, for tests. */

export function name(text: string): Buffer {
  if (text === '.') return Buffer.from([0]);
  const labels = text
    .split('.')
    .map(label => Buffer.concat([Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

export function u16be(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt16BE(value, 2 * i);
  });
  return bytes;
}

export function query(id: number, text: string, type = 1): Buffer {
  return Buffer.concat([u16be(id, 0x0100, 1, 0, 0, 0), name(text), u16be(type, 1)]);
}

export interface Answer {
  type: number;
  ttl?: number;
  data: Buffer;
}

/** An answer to `query`, its records owned by a pointer to the question. */
export function answer(
  question: Buffer,
  rcode: number,
  answers: Answer[] = [],
  authority: Answer[] = [],
): Buffer {
  const head = u16be(question.readUInt16BE(0), 0x8180 | rcode, 1, answers.length, authority.length, 0);
  const records = [...answers, ...authority].map(({ type, ttl = 30, data }) =>
    Buffer.concat([u16be(0xc00c, type, 1, 0, ttl, data.length), data]),
  );
  return Buffer.concat([head, question.subarray(12), ...records]);
}

export function framed(message: Buffer): Buffer {
  return Buffer.concat([u16be(message.length), message]);
}
