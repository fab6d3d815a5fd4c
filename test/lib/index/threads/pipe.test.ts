import { MessageChannel } from 'node:worker_threads';
import {
  PIECE_BYTES,
  PIECES,
  PipeReader,
  PipeWriter,
  pipeControl,
} from '../../../../lib/index/threads/pipe.ts';

function pipe() {
  const { port1, port2 } = new MessageChannel();
  const control = pipeControl();
  const heard: string[] = [];
  const reader = new PipeReader<string>({ control, port: port2 }, news => heard.push(news));
  return {
    writer: new PipeWriter<string>({ control, port: port1 }),
    reader,
    heard,
    close: () => port1.close(),
  };
}

it('gives what was written, in order, until it ends', () => {
  const { writer, reader, close } = pipe();
  const lengths: (number | undefined)[] = [];
  for (let round = 0; round < 100; ) {
    // As many as may wait: one more would wait for ever, as the same thread is to read them.
    const first = round;
    for (; round < Math.min(first + PIECES, 100); round++)
      writer.write(new Uint8Array(round + 1).fill(round));
    for (let i = first; i < round; i++) {
      const piece = reader.read();
      lengths.push(piece?.length);
      expect(piece?.every(byte => byte === piece.length - 1)).toBe(true);
    }
  }
  writer.end();
  for (let piece = reader.read(); piece !== undefined; piece = reader.read()) lengths.push(piece.length);
  expect(lengths).toEqual(Array.from({ length: 100 }, (_, round) => round + 1));
  expect(reader.read()).toBeUndefined();
  close();
});

it('cuts what is longer than a piece', () => {
  const { writer, reader, close } = pipe();
  const bytes = Uint8Array.from({ length: 2 * PIECE_BYTES + 5 }, (_, at) => at % 251);
  writer.write(bytes);
  writer.write(new Uint8Array(0));
  writer.end();
  const read: Uint8Array[] = [];
  for (let piece = reader.read(); piece !== undefined; piece = reader.read()) read.push(piece.slice());
  expect(read.map(part => part.length)).toEqual([PIECE_BYTES, PIECE_BYTES, 5]);
  expect(Buffer.concat(read).equals(bytes)).toBe(true);
  close();
});

it('tells news before the bytes that they are about, and those behind the last bytes', () => {
  const { writer, reader, heard, close } = pipe();
  writer.tell('one');
  writer.write(Uint8Array.of(1));
  writer.tell('two');
  writer.write(Uint8Array.of(2));
  writer.tell('three');
  writer.end();
  expect([reader.read()?.[0], heard.join()]).toEqual([1, 'one']);
  expect([reader.read()?.[0], heard.join()]).toEqual([2, 'one,two']);
  expect([reader.read(), heard.join()]).toEqual([undefined, 'one,two,three']);
  close();
});

it('hears what was told though its bytes are not wanted', () => {
  const { writer, reader, heard, close } = pipe();
  writer.tell('one');
  writer.write(Uint8Array.of(1));
  writer.tell('two');
  reader.hear();
  expect(heard).toEqual(['one', 'two']);
  close();
});
