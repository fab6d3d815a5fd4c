import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import {
  memoriesOf,
  PIECE_BYTES,
  PipeReader,
  PipeWriter,
  pipeControl,
} from '../../../../lib/index/threads/pipe.ts';

const PIECES = 3;

function pipe() {
  const { port1, port2 } = new MessageChannel();
  const control = pipeControl();
  const memory = new Uint8Array(new SharedArrayBuffer(PIECES * PIECE_BYTES));
  return {
    writer: new PipeWriter<string>({ control, port: port1 }, memory),
    reader: new PipeReader<string>({ control, port: port2 }, memory),
    close: () => port1.close(),
  };
}

/** Copies of all pieces to come, and the news between them. */
function readAll(reader: PipeReader<string>): (Uint8Array | string)[] {
  const all: (Uint8Array | string)[] = [];
  for (let read = reader.read(); read !== undefined; read = reader.read()) {
    all.push('piece' in read ? read.piece.slice() : read.news);
  }
  return all;
}

it('gives what was written, in order, until it ends', () => {
  const { writer, reader, close } = pipe();
  const pieces: Uint8Array[] = [];
  for (let round = 0; round < 100; ) {
    // As many as may wait: one more would wait for ever, as the same thread is to read them.
    const first = round;
    for (; round < Math.min(first + PIECES, 100); round++)
      writer.write(new Uint8Array(round + 1).fill(round));
    for (let i = first; i < round; i++) {
      const read = reader.read();
      if (read && 'piece' in read) pieces.push(read.piece.slice());
    }
    writer.tell('done');
    expect(reader.read()).toEqual({ news: 'done' }); // with which the last piece is free again
  }
  writer.end();
  expect(readAll(reader)).toEqual([]);
  expect(pieces).toEqual(Array.from({ length: 100 }, (_, round) => new Uint8Array(round + 1).fill(round)));
  expect(reader.read()).toBeUndefined();
  close();
});

it('cuts what is longer than a piece', () => {
  const { writer, reader, close } = pipe();
  const bytes = Uint8Array.from({ length: 2 * PIECE_BYTES + 5 }, (_, at) => at % 251);
  writer.write(bytes);
  writer.write(new Uint8Array(0));
  writer.end();
  const read = readAll(reader) as Uint8Array[];
  expect(read.map(part => part.length)).toEqual([PIECE_BYTES, PIECE_BYTES, 5]);
  expect(Buffer.concat(read).equals(bytes)).toBe(true);
  close();
});

it('gives news among the bytes as it was told, and that behind the last bytes', () => {
  const { writer, reader, close } = pipe();
  writer.tell('one');
  writer.write(Uint8Array.of(1));
  writer.tell('two');
  writer.write(Uint8Array.of(2));
  writer.tell('three');
  writer.end();
  expect(readAll(reader)).toEqual(['one', Uint8Array.of(1), 'two', Uint8Array.of(2), 'three']);
  close();
});

it('sends a piece that it lent as it is', () => {
  const { writer, reader, close } = pipe();
  const lent = writer.lend();
  lent.set([1, 2, 3]);
  writer.write(lent.subarray(0, 3));
  const next = writer.lend();
  expect(next.byteOffset).toBe(PIECE_BYTES);
  writer.write(Uint8Array.of(4));
  writer.end();
  const read = reader.read();
  expect(read && 'piece' in read && read.piece.byteOffset).toBe(0);
  lent[0] = 5; // it is the same memory
  expect(read).toEqual({ piece: Uint8Array.of(5, 2, 3) });
  expect(readAll(reader)).toEqual([Uint8Array.of(4)]);
  close();
});

it('writes over no piece that is still read, however slowly', async () => {
  const { port1, port2 } = new MessageChannel();
  const end = { control: pipeControl(), port: port1 };
  const memory = new Uint8Array(new SharedArrayBuffer(PIECES * PIECE_BYTES));
  const module = pathToFileURL(join(import.meta.dirname, '../../../../lib/index/threads/pipe.ts')).href;
  const script = `
    const { workerData: { end, memory, module } } = require('node:worker_threads');
    import(module).then(({ PipeWriter }) => {
      const writer = new PipeWriter(end, memory);
      for (let round = 0; round < 40; round++) writer.write(new Uint8Array(1000).fill(round));
      writer.end();
    });`;
  const workerData = { end, memory, module };
  const worker = new Worker(script, { eval: true, workerData, transferList: [port1] });
  const reader = new PipeReader<string>({ control: end.control, port: port2 }, memory);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let round = 0; round < 40; round++) {
    const read = reader.read() as { piece: Uint8Array };
    Atomics.wait(pause, 0, 0, 2); // milliseconds
    expect(read.piece).toEqual(new Uint8Array(1000).fill(round));
  }
  expect(reader.read()).toBeUndefined();
  await worker.terminate();
});

it('divides memory in whole pieces, as many for each pipe', () => {
  const memory = new Uint8Array(new SharedArrayBuffer(12 * PIECE_BYTES));
  const places = (pipes: number) =>
    memoriesOf(memory, pipes).map(part => [part.byteOffset / PIECE_BYTES, part.length / PIECE_BYTES]);
  expect(places(1)).toEqual([[0, 6]]);
  expect(places(2)).toEqual([
    [0, 6],
    [6, 6],
  ]);
  expect(places(3)).toEqual([
    [0, 4],
    [4, 4],
    [8, 4],
  ]);
});
