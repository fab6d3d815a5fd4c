import fc from 'fast-check';
import { type Conversation, ENOUGH, type FlowRef, OVER } from '../../../../lib/index/analyser.ts';
import { Stream } from '../../../../lib/index/engine/stream.ts';

const flow: FlowRef = {
  flow: 0,
  proto: 'tcp',
  origHost: '10.0.0.1',
  origPort: 1,
  respHost: '10.0.0.2',
  respPort: 2,
  service: 'test',
};

/** Puts the stream together again; "?" for what was never captured. */
class Recorder implements Conversation {
  text = '';
  ended = 0;
  leap = 0;

  data(
    _direction: number,
    _time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): number {
    this.text += Buffer.from(bytes.subarray(start, end)).toString('latin1') + '?'.repeat(missing);
    return this.leap;
  }

  gap(_direction: number, _time: number, length: number): void {
    this.text += '?'.repeat(length);
  }

  end(): void {
    this.ended++;
  }
}

function send(stream: Stream, sequence: number, text: string, missing = 0, acknowledged?: number): void {
  const bytes = Buffer.from(text, 'latin1');
  stream.segment(0, 0, sequence | 0, bytes, 0, bytes.length, missing, acknowledged);
}

it('gives each byte once and in order, however the segments are cut, repeated and shuffled', () => {
  const segments = fc.array(fc.tuple(fc.nat(99), fc.integer({ min: 1, max: 30 }), fc.integer()), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(segments, fc.integer(), (pieces, start) => {
      const text = Array.from({ length: 100 }, (_, at) => String.fromCharCode(33 + (at % 90))).join('');
      const recorder = new Recorder();
      const stream = new Stream(flow, recorder);
      stream.start(0, start);
      for (const [from, length] of pieces) send(stream, start + from, text.slice(from, from + length));
      for (let from = 0; from < 100; from += 10) send(stream, start + from, text.slice(from, from + 10));
      stream.end(0);
      expect(recorder.text).toBe(text);
      expect(recorder.ended).toBe(1);
    }),
  );
});

it('reports a hole that the other side has acknowledged, and goes on behind it', () => {
  const recorder = new Recorder();
  const stream = new Stream(flow, recorder);
  send(stream, 0, 'abc');
  send(stream, 5, 'fgh');
  expect(recorder.text).toBe('abc');
  send(stream, 8, 'ijk', 0, 8);
  expect(recorder.text).toBe('abc??fghijk');
});

it('reports at the end what is still missing', () => {
  const recorder = new Recorder();
  const stream = new Stream(flow, recorder);
  send(stream, 0, 'abc');
  send(stream, 5, 'fgh');
  send(stream, 10, 'k');
  stream.end(0);
  expect(recorder.text).toBe('abc??fgh??k');
});

it('holds back a bounded number of bytes', () => {
  const recorder = new Recorder();
  const stream = new Stream(flow, recorder);
  send(stream, 0, 'a');
  for (let at = 2; at < 300_000; at += 1000) send(stream, at, 'x'.repeat(1000));
  expect(recorder.text.length).toBeGreaterThan(100_000);
  expect(recorder.text.slice(0, 3)).toBe('a?x');
});

it('counts bytes that the snap length cut, and leaves out those that nobody needs', () => {
  const recorder = new Recorder();
  const stream = new Stream(flow, recorder);
  send(stream, 0, 'ab', 3);
  recorder.leap = 10;
  send(stream, 5, 'c');
  recorder.leap = 0;
  send(stream, 6, 'not needed');
  send(stream, 16, 'd');
  expect(recorder.text).toBe('ab???cd');
});

it('says nothing more once the conversation has heard enough', () => {
  const recorder = new Recorder();
  const stream = new Stream(flow, recorder);
  recorder.leap = ENOUGH;
  send(stream, 0, 'a');
  send(stream, 1, 'b');
  send(stream, 9, 'c');
  stream.end(0);
  expect(recorder.text).toBe('a');
  expect(recorder.ended).toBe(1);
});

it('says nothing more of either direction once the conversation is over', () => {
  const recorder = new Recorder();
  const stream = new Stream(flow, recorder);
  const bytes = Buffer.from('x');
  const segment = (direction: 0 | 1, sequence: number) =>
    stream.segment(direction, 0, sequence, bytes, 0, 1, 0, undefined);
  segment(1, 0);
  segment(1, 5); // held, as what comes before is missing
  expect(stream.isOver).toBe(false);
  recorder.leap = OVER;
  expect(segment(0, 0)).toBe(true);
  expect(stream.isOver).toBe(true);
  expect([segment(0, 1), segment(1, 1)]).toEqual([true, true]);
  stream.end(0);
  expect(recorder.text).toBe('xx');
  expect(recorder.ended).toBe(1);
});

it('tells of a datagram whether more of its direction is wanted, or of none', () => {
  const recorder = new Recorder();
  const stream = new Stream(flow, recorder);
  const datagram = () => stream.datagram(0, 0, Buffer.from('x'), 0, 1, 2);
  expect([datagram(), stream.isOver]).toEqual([false, false]);
  recorder.leap = ENOUGH;
  expect([datagram(), stream.isOver]).toEqual([true, false]);
  recorder.leap = OVER;
  expect([datagram(), stream.isOver]).toEqual([true, true]);
  expect(recorder.text).toBe('x??x??x??');
});
