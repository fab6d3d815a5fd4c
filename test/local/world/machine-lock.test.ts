import { takeMachine, WorldInUse } from '../../../local/world/machine-lock.ts';

it('lets one world be on a machine, and the next one in when it has gone', async () => {
  const first = await takeMachine();
  await expect(takeMachine()).rejects.toThrow(WorldInUse);
  first.release();
  (await takeMachine()).release();
});
