import { randomBytes } from 'node:crypto';
import { constants, type Gunzip, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { gunzipBlocking } from '../../../../lib/pcap/container/gunzip-blocking.ts';
import { gunzip } from '../../../../lib/pcap/container/gzip.ts';
import { TruncatedArchive } from '../../../../lib/pcap/container/truncated.ts';
import { ZlibHandle } from '../../../../lib/pcap/container/zlib-handle.ts';

const HEADER = gzipSync('').subarray(0, 10);
const CHUNK_BYTES = 1 << 16;

/** Uncompressed, so that what the text holds is found in the member. */
const stored = (bytes: Buffer) => gzipSync(bytes, { level: constants.Z_NO_COMPRESSION });

async function readAll(inflate: typeof gunzip, file: Buffer, chunkBytes = CHUNK_BYTES) {
  const members: [compressed: number, inflated: number][] = [];
  const parts: Buffer[] = [];
  const chunks = (async function* () {
    for (let at = 0; at < file.length; at += chunkBytes) yield file.subarray(at, at + chunkBytes);
  })();
  let failure: unknown;
  try {
    for await (const part of inflate(chunks, (...place) => members.push(place))) {
      parts.push(Buffer.from(part)); // it may be overwritten
    }
  } catch (error) {
    failure = error;
  }
  return {
    members,
    content: Buffer.concat(parts),
    largest: Math.max(...parts.map(p => p.length)),
    failure,
  };
}

describe.each([
  ['with events', gunzip],
  ['blocking', gunzipBlocking],
])('gzip, %s', (_way, inflate) => {
  const read = (file: Buffer, chunkBytes?: number) => readAll(inflate, file, chunkBytes);

  describe.each([1, 7, 9, 10, 11, 64, 1 << 20])('in chunks of %i bytes', chunkBytes => {
    it.each([
      ['a header of another program', Buffer.concat([HEADER.subarray(0, 9), Buffer.of(HEADER[9]! ^ 0xff)])],
      ['a header that breaks off', HEADER.subarray(0, 8)],
      ['a header like those of the members', HEADER],
    ])('tells members apart though one holds %s', async (_what, lookAlike) => {
      const first = Buffer.concat([Buffer.from('captured: '), lookAlike, Buffer.from(' and more')]);
      const second = Buffer.from('the second one');
      const [one, other] = [stored(first), stored(second)];
      const { members, content, failure } = await read(Buffer.concat([one, other]), chunkBytes);
      expect(members).toEqual([
        [0, 0],
        [one.length, first.length],
      ]);
      expect(content).toEqual(Buffer.concat([first, second]));
      expect(failure).toBeUndefined();
    });
  });

  it('tells no members once one was long', async () => {
    const long = randomBytes(3 << 20);
    const [short, rest] = [gzipSync('short'), gzipSync('and one behind it')];
    const file = Buffer.concat([short, gzipSync(long), rest]);
    const { members, content } = await read(file);
    expect(members).toEqual([
      [0, 0],
      [short.length, 5],
    ]);
    const whole = Buffer.concat([Buffer.from('short'), long, Buffer.from('and one behind it')]);
    expect(content.equals(whole)).toBe(true); // toEqual takes seconds for so much
  });

  it('tells no members once one held more than a short one, which is read piece by piece', async () => {
    const much = Buffer.alloc(40 << 20);
    const packed = gzipSync(much);
    const { members, content, largest } = await read(Buffer.concat([packed, packed]));
    expect(members).toEqual([[0, 0]]);
    expect(content.length).toBe(2 * much.length);
    expect(largest).toBeLessThanOrEqual(2 << 20);
  });

  it('passes over zeros behind the last member', async () => {
    const { members, content, failure } = await read(Buffer.concat([gzipSync('all'), Buffer.alloc(512)]));
    expect(members).toEqual([[0, 0]]);
    expect(content.toString()).toBe('all');
    expect(failure).toBeUndefined();
  });

  it('yields what came before a break', async () => {
    const bytes = randomBytes(5 << 20);
    const packed = gzipSync(bytes);
    const { content, failure } = await read(packed.subarray(0, 4 << 20));
    expect(failure).toEqual(new TruncatedArchive('gzip: unexpected end of file'));
    expect(content.length).toBeGreaterThan(3 << 20);
    expect(bytes.subarray(0, content.length).equals(content)).toBe(true);
  });

  it('yields what came before a damaged place', async () => {
    const bytes = randomBytes(5 << 20);
    const packed = stored(bytes);
    packed.fill(0xff, 4 << 20, (4 << 20) + 70_000); // longer than a stored block, of which one header is hit
    const { content, failure } = await read(packed);
    expect(failure).toBeInstanceOf(TruncatedArchive);
    expect(content.length).toBeGreaterThan(2 << 20);
    expect(bytes.subarray(0, content.length - (1 << 16)).equals(content.subarray(0, -(1 << 16)))).toBe(true);
  });

  it('notices a wrong checksum', async () => {
    const packed = gzipSync('some text');
    packed[packed.length - 8]! ^= 1;
    expect((await read(packed)).failure).toEqual(new TruncatedArchive('gzip: incorrect data check'));
  });
});

it('comes to the same both ways, whatever the file holds', async () => {
  const member = fc
    .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 3 }))
    .map(([bytes, times]) => gzipSync(Buffer.concat(Array.from({ length: times * 100 + 1 }, () => bytes))));
  const damage = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(member, { minLength: 1, maxLength: 6 }),
      fc.array(damage, { maxLength: 2 }),
      fc.constantFrom(Buffer.alloc(0), Buffer.alloc(30), HEADER, Buffer.from('no gzip')),
      fc.integer({ min: 1, max: 400 }),
      fc.nat({ max: 40 }),
      async (members, damages, behind, chunkBytes, missing) => {
        const file = Buffer.concat([...members, behind]);
        for (const { at, byte } of damages) file[at % file.length] = byte;
        const cut = file.subarray(0, Math.max(1, file.length - missing));
        const [one, other] = [
          await readAll(gunzip, cut, chunkBytes),
          await readAll(gunzipBlocking, cut, chunkBytes),
        ];
        expect(other.failure === undefined).toBe(one.failure === undefined);
        const length = Math.min(one.content.length, other.content.length);
        expect(other.content.subarray(0, length).equals(one.content.subarray(0, length))).toBe(true);
        // Blocking, no members are told from where another program wrote one in between, and none read behind zeros.
        if (one.failure !== undefined) return;
        // Blocking, no members are told from where another program wrote one in between, and none read behind zeros.
        expect(one.members).toEqual(expect.arrayContaining(other.members));
        if (damages.length > 0) return;
        expect(other.members).toEqual(one.members);
        expect(other.content.length).toBe(one.content.length);
      },
    ),
    { numRuns: 400 },
  );
});

it('leaves a stream alone that is made in a way it does not know', () => {
  for (const stream of [
    {},
    { _handle: {} },
    { _handle: { writeSync() {}, onerror() {} }, _writeState: [0, 0] },
  ]) {
    expect(ZlibHandle.open(stream as Gunzip)).toBeUndefined();
  }
});
