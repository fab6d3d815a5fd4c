import { PIECE_BYTES, Ring } from '../../../../lib/index/threads/ring.ts';

function ends() {
  const memory = Ring.allocate();
  return { writer: new Ring(memory), reader: new Ring(memory), piece: new Uint8Array(PIECE_BYTES) };
}

it('gives what was written, in order, until it ends', () => {
  const { writer, reader, piece } = ends();
  const lengths: number[] = [];
  for (let round = 0; round < 100; round++) {
    writer.write(new Uint8Array(round + 1).fill(round));
    if (round % 7 === 6) for (let i = 0; i < 7; i++) lengths.push(reader.read(piece));
  }
  writer.end();
  for (let length = reader.read(piece); length !== -1; length = reader.read(piece)) {
    expect(piece.subarray(0, length).every(byte => byte === length - 1)).toBe(true);
    lengths.push(length);
  }
  expect(lengths).toEqual(Array.from({ length: 100 }, (_, round) => round + 1));
  expect(reader.read(piece)).toBe(-1);
});

it('cuts what is longer than a piece', () => {
  const { writer, reader, piece } = ends();
  const bytes = Uint8Array.from({ length: 2 * PIECE_BYTES + 5 }, (_, at) => at % 251);
  writer.write(bytes);
  writer.write(new Uint8Array(0));
  writer.end();
  const read: Uint8Array[] = [];
  for (let length = reader.read(piece); length !== -1; length = reader.read(piece)) {
    read.push(piece.slice(0, length));
  }
  expect(read.map(part => part.length)).toEqual([PIECE_BYTES, PIECE_BYTES, 5]);
  expect(Buffer.concat(read).equals(bytes)).toBe(true);
});
