import fc from 'fast-check';
import { Connection, client, framesOfSteps, server, steps } from './lane-connection.ts';
import { expectSameRows, overIpv6 } from './lane-frames.ts';

it('finds the same in the lane and beside it, whatever a connection does', async () => {
  const sequence = fc.oneof(fc.constant(0xffff_fff0), fc.constant(0x7fff_fff0), fc.integer({ min: 0 }));
  await fc.assert(
    fc.asyncProperty(sequence, sequence, steps, async (client, server, list) => {
      const connection = new Connection(client, server);
      for (const step of list) connection.take(step);
      await expectSameRows(connection.frames);
    }),
    { numRuns: 400 },
  );
});

it('finds the same in the lane and beside it over IPv6', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(0, 4, 8, 12), async (list, differsAt) => {
      const connection = new Connection(1000, 2000);
      for (const step of list) if (step.kind !== 'options') connection.take(step);
      const frames = connection.frames.map(frame => overIpv6(frame, differsAt));
      const { conn } = await expectSameRows(frames);
      expect(conn[0]).toMatchObject({ id_orig_p: 4000, id_resp_p: 80 });
    }),
    { numRuns: 200 },
  );
});

it('forgets duplicate acknowledgements once a further one came: what fills a hole later is late, not sent again', async () => {
  const duplicates = [server(0, 'old ack'), server(0, 'old ack')];
  const further = [client(100), server(0)];
  const hole = [client(100, 'ahead'), client(100)];
  const found = await expectSameRows(
    framesOfSteps(client(100), server(0), ...duplicates, ...further, ...hole),
  );
  expect(found.conn).toMatchObject([{ resp_dup_ack: 2, orig_ooo: 1, orig_retx: 0 }]);
});

it('keeps duplicate acknowledgements in mind while the same is acknowledged, be it with data', async () => {
  const same = [server(0, 'old ack'), server(0, 'old ack'), server(10, 'old ack')];
  const hole = [client(100, 'ahead'), client(100)];
  const found = await expectSameRows(framesOfSteps(client(100), server(0), ...same, ...hole));
  expect(found.conn).toMatchObject([{ resp_dup_ack: 2, orig_ooo: 0, orig_retx: 1 }]);
});

it('forgets a keep-alive with the next segment: what its receiver says twice then is a duplicate', async () => {
  const frames = framesOfSteps(client(100), server(0), client(0, 'again'), client(100), server(0, 'old ack'));
  const found = await expectSameRows(frames);
  expect(found.conn).toMatchObject([{ orig_keep_alive: 1, resp_dup_ack: 1 }]);
});
