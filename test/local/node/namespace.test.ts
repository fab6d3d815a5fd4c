import { execFileSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { condition, createJob, finishedJob, NAMESPACE, podsOf, startWorld } from './world.ts';

const NETNS = `sc-test-${process.pid}`;
const ip = (...argv: string[]) => execFileSync('ip', argv);

beforeEach(() => {
  ip('netns', 'add', NETNS);
  ip('-n', NETNS, 'link', 'set', 'lo', 'up');
  ip('-n', NETNS, 'address', 'add', '192.0.2.77/32', 'dev', 'lo');
});
afterEach(() => ip('netns', 'delete', NETNS));

it('a pod is in the network namespace of its node', async () => {
  const world = await startWorld([{ name: 'node-1', netns: NETNS }]);
  try {
    await createJob(world.client, ['ip', '-oneline', 'address', 'show']);
    expect(condition(await finishedJob(world.client))).toMatchObject({ type: 'Complete' });
    const [pod] = await podsOf(world.client);
    const addresses = await text(world.podLogs(NAMESPACE, pod!.metadata!.name!, 'main'));
    expect(addresses).toContain('192.0.2.77/32');
    expect(addresses).not.toContain('eth0');
  } finally {
    await world.close();
  }
});
