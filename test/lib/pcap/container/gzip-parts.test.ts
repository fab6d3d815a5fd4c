import { randomBytes } from 'node:crypto';
import { constants, gzipSync } from 'node:zlib';
import { inflateParts, PART_BYTES } from '../../../../lib/pcap/container/gzip-parts.ts';

const PIECE = 500_000; // bytes: three blocks fit, and large ones do not

interface Part {
  at: number | undefined;
  end: number | undefined;
  members: [compressed: number, inflated: number][];
  content: Buffer;
}

async function partsOf(file: Buffer, share: number, shares: number, onRead = () => {}): Promise<Part[]> {
  const parts: Part[] = [];
  let part: Part = { at: undefined, end: undefined, members: [], content: Buffer.alloc(0) };
  const parted = {
    size: file.length,
    header: file.subarray(0, 64),
    read(buffer: Uint8Array, position: number) {
      onRead();
      return file.copy(buffer, 0, position);
    },
  };
  inflateParts(parted, share, shares, {
    begin: at => {
      part.at = at;
    },
    member: (...place) => part.members.push(place),
    lend: () => new Uint8Array(PIECE),
    write: bytes => {
      part.content = Buffer.concat([part.content, bytes]);
    },
    end: at => {
      parts.push({ ...part, end: at });
      part = { at: undefined, end: undefined, members: [], content: Buffer.alloc(0) };
    },
  });
  return parts;
}

/** All but the contents, of which megabytes would be shown should they differ. */
const outline = (parts: Part[]) => parts.map(({ content: _, ...rest }) => rest);

/** Parts in the order of the file, from all shares. */
async function inOrder(file: Buffer, shares: number): Promise<Part[]> {
  const byShare = await Promise.all(
    Array.from({ length: shares }, (_, share) => partsOf(file, share, shares)),
  );
  const parts: Part[] = [];
  for (let turn = 0; ; turn++) {
    const part = byShare[turn % shares]![Math.floor(turn / shares)];
    if (part === undefined) return parts;
    parts.push(part);
  }
}

const stored = (bytes: Buffer) => gzipSync(bytes, { level: constants.Z_NO_COMPRESSION });
const blocks = Array.from({ length: 60 }, () => randomBytes(150_000));
const members = blocks.map(stored);
const file = Buffer.concat(members);
const content = Buffer.concat(blocks);

describe.each([1, 2, 3])('with %i shares', shares => {
  it('gives all bytes and all members, part for part', async () => {
    const parts = await inOrder(file, shares);
    expect(parts.length).toBe(Math.ceil(file.length / PART_BYTES));
    let at: number | undefined = 0;
    let inflated = 0;
    const places: number[][] = [];
    for (const part of parts) {
      expect(part.at).toBe(at);
      at = part.end;
      for (const [compressed, within] of part.members) places.push([compressed, inflated + within]);
      inflated += part.content.length;
    }
    expect(at).toBe(Infinity);
    expect(Buffer.concat(parts.map(part => part.content)).equals(content)).toBe(true);
    expect(places).toEqual(members.map((_, i) => [lengthOf(members, i), lengthOf(blocks, i)]));
  });

  it('gives up where one is damaged', async () => {
    const damaged = Buffer.from(file);
    const place = lengthOf(members, 30);
    damaged.fill(0, place + 1000, place + 2000);
    const parts = await inOrder(damaged, shares);
    const last = parts.find(part => part.end === place);
    expect(last).toBeDefined();
    const before = parts.slice(0, parts.indexOf(last!) + 1);
    expect(Buffer.concat(before.map(part => part.content)).equals(content.subarray(0, 30 * 150_000))).toBe(
      true,
    );
  });
});

function lengthOf(buffers: readonly Buffer[], count: number): number {
  return buffers.slice(0, count).reduce((sum, { length }) => sum + length, 0);
}

it('takes a header within a member for what it is', async () => {
  const inner = gzipSync('captured'); // begins as all members do
  const holding = Buffer.concat([randomBytes(1000), inner, randomBytes(1000)]);
  const one = stored(holding);
  const parts = await partsOf(Buffer.concat([one, members[0]!]), 0, 1);
  expect(parts[0]?.content.equals(Buffer.concat([holding, blocks[0]!]))).toBe(true);
  expect(outline(parts)).toMatchObject([
    {
      at: 0,
      end: Infinity,
      members: [
        [0, 0],
        [one.length, 2000 + inner.length],
      ],
    },
  ]);
});

it('does not begin with what is no member, though it looks like one', async () => {
  // Across the boundary of two parts lies a member with such data behind the boundary.
  const first = stored(Buffer.concat([randomBytes(900_000)]));
  const look = stored(Buffer.concat([randomBytes(400_000), gzipSync('captured'), randomBytes(400_000)]));
  const whole = Buffer.concat([first, first, look, look, first]);
  expect(first.length * 2 + 400_000).toBeGreaterThan(PART_BYTES);
  const [one, other] = await inOrder(whole, 2);
  expect(other!.at).toBe(one!.end);
});

it('leaves a part without a member out, and stops at a long member', async () => {
  const long = stored(randomBytes(3 * PART_BYTES));
  const whole = Buffer.concat([members[0]!, long, members[1]!]);
  expect(outline(await partsOf(whole, 0, 2))).toMatchObject([{ at: 0, end: members[0]!.length }]);
  expect(outline(await partsOf(whole, 1, 2))).toMatchObject([{ at: undefined, end: undefined }]);
});

it('leaves what is behind the last member to who reads on', async () => {
  const padded = Buffer.concat([members[0]!, members[1]!, Buffer.alloc(512)]);
  expect(outline(await partsOf(padded, 0, 1))).toMatchObject([{ at: 0, end: members[0]!.length }]);
});

it('looks no further than a short member may reach for the end of a damaged one', async () => {
  const damaged = Buffer.from(file);
  damaged.fill(0, 1000, 2000);
  let reads = 0;
  expect(outline(await partsOf(damaged, 0, 1, () => reads++))).toMatchObject([
    { at: undefined, end: undefined },
  ]);
  expect(reads).toBeLessThan(15);
});

it('believes neither a wrong checksum nor a wrong length', async () => {
  for (const place of [8, 4]) {
    const wrong = Buffer.from(file);
    const at = lengthOf(members, 3) - place;
    wrong[at] = wrong[at]! ^ 1;
    const places = (await partsOf(wrong, 0, 1)).map(({ at: start, end }) => [start, end]);
    expect(places).toEqual([[0, lengthOf(members, 2)]]);
  }
});

it('reads headers that name their file, as gzip writes them', async () => {
  const named = members.slice(0, 3).map(member => {
    const head = Buffer.from(member.subarray(0, 10));
    head[3] = 8;
    return Buffer.concat([head, Buffer.from('capture.pcap\0'), member.subarray(10)]);
  });
  const [part] = await partsOf(Buffer.concat(named), 0, 1);
  expect([part!.at, part!.end]).toEqual([0, Infinity]);
  expect(part!.content.equals(content.subarray(0, 450_000))).toBe(true);
});

it('inflates members of any length behind one another', async () => {
  const sizes = Array.from({ length: 80 }, (_, i) => (i * 7919 * 131) % 900_000);
  const contents = sizes.map(size => randomBytes(size));
  const parts = await partsOf(Buffer.concat(contents.map(stored)), 0, 1);
  expect(Buffer.concat(parts.map(part => part.content)).equals(Buffer.concat(contents))).toBe(true);
  expect(parts.at(-1)!.end).toBe(Infinity);
});

it('takes a member that holds too much for none', async () => {
  const much = gzipSync(Buffer.alloc(9 << 20));
  expect(outline(await partsOf(Buffer.concat([gzipSync('one'), much, much]), 0, 1))).toMatchObject([
    { at: 0, end: gzipSync('one').length, members: [[0, 0]] },
  ]);
});
