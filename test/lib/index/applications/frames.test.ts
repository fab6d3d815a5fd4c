import fc from 'fast-check';
import { Frames, type Framing } from '../../../../lib/index/applications/frames.ts';

/** Frames of a length in one byte, the whole of which is wanted up to four bytes. */
const FRAMING: Framing = {
  header: 1,
  length: (buf, at) => buf[at]!,
  wanted: (_buf, _at, length) => Math.min(length, 4),
};

const frame = (length: number, fill: number) => Buffer.from([length, ...Array(length - 1).fill(fill)]);

/** Feeds a stream in segments and leaves out what need not be read, as the engine does. */
function read(stream: Uint8Array, sizes: number[]): string[] {
  const frames = new Frames(FRAMING);
  const seen: string[] = [];
  for (let pos = 0, i = 0; pos < stream.length; i++) {
    const end = Math.min(stream.length, pos + sizes[i % sizes.length]!);
    const segment = Buffer.concat([Buffer.from('xx'), stream.subarray(pos, end)]);
    frames.take(segment, 2, segment.length, 0, (buf, from, to, length, cut) => {
      seen.push(`${length}${cut ? ' cut' : ''} ${Buffer.from(buf.subarray(from, to)).toString('hex')}`);
    });
    segment.fill(0xdd);
    pos = end + frames.leap();
  }
  return seen;
}

test('the same frames are found however a stream is cut into segments', () => {
  const list = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.nat(255)), {
    minLength: 1,
    maxLength: 10,
  });
  fc.assert(
    fc.property(list, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (frames, sizes) => {
      const stream = Buffer.concat(frames.map(([length, fill]) => frame(length, fill)));
      expect(read(stream, sizes)).toEqual(
        frames.map(([length, fill]) => `${length} ${frame(length, fill).subarray(0, 4).toString('hex')}`),
      );
    }),
  );
});

describe('missing bytes', () => {
  const take = (frames: Frames, bytes: Buffer, missing: number) => {
    const seen: string[] = [];
    frames.take(bytes, 0, bytes.length, missing, (buf, from, to, length, cut) => {
      seen.push(`${length}${cut ? ' cut' : ''} ${Buffer.from(buf.subarray(from, to)).toString('hex')}`);
    });
    return seen;
  };

  test('inside a frame cost that frame, the next one is found', () => {
    const frames = new Frames(FRAMING);
    expect(take(frames, Buffer.from([9, 1, 1]), 4)).toEqual(['9 cut 090101']);
    expect(take(frames, Buffer.from([1, 1, 2, 7]), 0)).toEqual(['2 0207']);
  });

  test('that no one wanted cost nothing', () => {
    const frames = new Frames(FRAMING);
    expect(take(frames, Buffer.from([9, 1, 1, 1]), 5)).toEqual(['9 09010101']);
    expect(take(frames, Buffer.from([2, 7]), 0)).toEqual(['2 0207']);
  });

  test('over the end of a frame lose the way, until it is known again', () => {
    const frames = new Frames(FRAMING);
    take(frames, Buffer.from([9, 1, 1]), 40);
    expect(frames.lost).toBe(true);
    expect(take(frames, Buffer.from([2, 7]), 0)).toEqual([]);
    frames.restart();
    expect(take(frames, Buffer.from([2, 7]), 0)).toEqual(['2 0207']);
  });

  test('what is no frame is told from what was lost', () => {
    const frames = new Frames(FRAMING);
    take(frames, Buffer.from([0, 1, 2]), 0);
    expect([frames.lost, frames.broken]).toEqual([true, true]);
  });
});
