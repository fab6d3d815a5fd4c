import { spawnSync } from 'node:child_process';
import { bringUp, inNamespace, podNamespace, probe, tearDown } from '../../../local/world/network.ts';
import { planWorld } from '../../../local/world/plan.ts';

/** Needs root and network namespaces, as the platform itself. */
describe('the network', () => {
  const surroundings = probe();
  const plan = planWorld(surroundings);
  const pod = (workload: string) => plan.pods.find(p => p.workload === workload)!;
  const worldNamespaces = () =>
    spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout.match(/^sc-/gm)?.length ?? 0;

  beforeAll(() => bringUp(plan, surroundings));
  afterAll(tearDown);

  it('is permitted here', () => {
    expect(surroundings.namespaces).toBe(true);
  });

  it('carries packets between pods on different nodes', () => {
    const listener = `require('net').createServer(s => s.end('hello')).listen(7, '${pod('web').ip}', () => setTimeout(process.exit, 1500))`;
    const client = `setTimeout(() => require('net').connect(7, '${pod('web').ip}').on('data', d => process.stdout.write(d)), 700)`;
    const script = `
      const { spawn, spawnSync } = require('child_process');
      spawn('ip', ${JSON.stringify(inNamespace(podNamespace(pod('web')), process.execPath, '-e', listener))});
      process.stdout.write(spawnSync('ip', ${JSON.stringify(inNamespace(podNamespace(pod('shopper')), process.execPath, '-e', client))}).stdout);
    `;
    expect(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout).toBe('hello');
  });

  it('is used again when it is whole, and leaves nothing behind', () => {
    const before = worldNamespaces();
    bringUp(plan, surroundings);
    expect(worldNamespaces()).toBe(before);
    tearDown();
    expect(worldNamespaces()).toBe(0);
    expect(spawnSync('ip', ['link', 'show', 'sc-host']).status).not.toBe(0);
  });
});
