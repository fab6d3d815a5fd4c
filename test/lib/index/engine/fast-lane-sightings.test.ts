import fc from 'fast-check';
import { Connection, client, framesOfSteps, server, steps } from './lane-connection.ts';
import { datagram, expectSameSightings, type Frame, rowsOf, sighting } from './lane-frames.ts';

it('knows a packet again that has a tag on one of two interfaces', async () => {
  const datagrams = [10, 20, 30].map(time => datagram(time * 1000, 7, Buffer.from([1, 2, time])));
  const frames = [...framesOfSteps(client(100), server(100), client(0)), ...datagrams];
  const sightings = frames
    .flatMap((frame, at) => [
      sighting(frame, 0, false, 'sll2', at % 2 === 0),
      sighting(frame, 50, true, 'sll2', at % 2 === 1),
    ])
    .sort((a, b) => a.time - b.time);
  expect((await rowsOf(276, sightings, 20)).duplicates).toBe(frames.length);
});

/** Linux's first header, in which the interface has no name. */
function unnamed(frame: Frame): Frame {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(0x0800, 14);
  return { ...frame, bytes: Buffer.concat([header, frame.bytes.subarray(14)]), wire: frame.wire + 2 };
}

it('tells a further sighting by its identification where interfaces have no names', async () => {
  const frames = framesOfSteps(client(100), server(100));
  const twice = frames.slice(1).flatMap(frame => [frame, { ...frame, time: frame.time + 10 }]);
  expect((await rowsOf(113, [frames[0]!, ...twice].map(unnamed), 16)).duplicates).toBe(4);
  for (const { bytes } of twice) bytes.writeUInt16BE(0, 18);
  expect((await rowsOf(113, [frames[0]!, ...twice].map(unnamed), 16)).duplicates).toBe(0);
});

it.each(['sll', 'sll2'] as const)(
  'finds the same where each packet is seen on two interfaces, in whatever order: %s',
  async cooked => {
    const delays = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 });
    const quick = steps.map(list => list.map(step => ({ ...step, pause: step.pause % 1500 })));
    await fc.assert(
      fc.asyncProperty(quick, delays, async (list, pauses) => {
        const connection = new Connection(1000, 2000);
        for (const step of list) connection.take(step);
        await expectSameSightings(connection.frames, pauses, cooked);
      }),
      { numRuns: 300 },
    );
  },
);

/** The server as it is called before its address is translated. */
function translated({ time, bytes, wire }: Frame): Frame {
  const changed = Buffer.from(bytes);
  for (const at of [26, 30]) if (changed[at + 3] === 2) changed.set([10, 96, 0, 1], at);
  return { time, bytes: changed, wire };
}

it('finds the same where addresses are translated between two interfaces', async () => {
  // A flow that is seen outside first: how sets of interfaces begin is known, then, for either of them.
  const outsideFirst = datagram(50, 7, Buffer.alloc(4));
  const expectSame = (frames: Frame[]) => {
    const later = frames.map(frame => ({ ...frame, time: frame.time + 1000 }));
    return expectSameSightings([outsideFirst, ...later], [-5, ...later.map(() => 100)], 'sll2', translated);
  };
  const quick = steps.map(list => list.map(step => ({ ...step, pause: step.pause % 1500 })));
  await fc.assert(
    fc.asyncProperty(quick, async list => {
      const connection = new Connection(1000, 2000);
      for (const step of list) connection.take(step);
      await expectSame(connection.frames);
    }),
    { numRuns: 200 },
  );
  const frames = framesOfSteps(client(100), server(100), client(0), server(50));
  const { conn } = await expectSame(frames);
  expect(conn).toContainEqual(
    expect.objectContaining({ id_resp_h: '10.0.0.2', translated_h: '10.96.0.1', dup_packets: 7n }),
  );
});

it('takes what comes long after a reset for the beginning of another flow, and its sightings for those of it', async () => {
  const frames = framesOfSteps(client(100), server(0), client(0, 'rst'), client(10, 'next', 6_000_000));
  const found = await expectSameSightings(frames, [100], 'sll2');
  expect(found.conn).toMatchObject([{ dup_packets: 6n }, { dup_packets: 1n }]);
});
