/**
 * Reconcile against a real kube-apiserver, as the group that deploy/rbac gives its rights to and no more: what is
 * tested against the embedded cluster holds there too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { listUnfinished } from '../../lib/capture/unfinished.ts';
import { createClient } from '../../lib/kubernetes/client.ts';
import { ForbiddenError } from '../../lib/kubernetes/errors.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { dieEverywhere } from '../faults/deaths.ts';
import { HOSTPATH_SPEC, openStage, type Server, type Stage } from '../faults/stage.ts';
import { startControlPlane } from './control-plane.ts';

const AS_FUNCTIONS = { 'impersonate-user': 'reconcile', 'impersonate-group': 'serverless-capture' };
const rbac = readFileSync(join(import.meta.dirname, '../../deploy/rbac/reconcile.yaml'), 'utf8');

async function real(): Promise<Server> {
  const plane = await startControlPlane();
  await plane.startControllers();
  for (const object of loadAll(rbac) as { kind: string }[]) {
    const path = `/apis/rbac.authorization.k8s.io/v1/${object.kind.toLowerCase()}s`;
    await plane.send('POST', path, JSON.stringify(object), { 'content-type': 'application/json' });
  }
  return { send: plane.send, headers: AS_FUNCTIONS, close: plane.stop };
}

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(real);
}, 120_000);
afterAll(() => stage?.close());

test('a function that dies at any request leaves nothing wrong behind', async () => {
  expect(await dieEverywhere(stage)).toBeGreaterThan(60);
  const refused = stage.logs.filter(line => /forbidden/i.test(line));
  expect(refused).toEqual([]); // the rights are enough, snapshots and Events included
}, 300_000);

describe('the rights of the functions', () => {
  const ours = () => createClient({ server: stage.proxy.url, headers: AS_FUNCTIONS });
  beforeAll(() => {
    stage.proxy.fault = () => undefined;
  });

  test('are enough to sweep', async () => {
    const client = ours();
    const { name } = (await stage.apply(HOSTPATH_SPEC)).metadata;
    expect(await listUnfinished(client)).toContainEqual({ namespace: 'default', name });
    client.close();
  });

  test.each([
    ['list Secrets', 'GET', paths.secrets('default')],
    ['write Secrets', 'POST', paths.secrets('default')],
    ['make pods', 'POST', paths.pods('default')],
    ['write nodes', 'PUT', paths.nodes('node-1')],
    ['write roles', 'POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles'],
  ])('are not enough to %s', async (_, method, path) => {
    const client = ours();
    const attempt =
      method === 'GET'
        ? client.list(path)
        : method === 'POST'
          ? client.create(path, {})
          : client.update(path, {});
    await expect(attempt).rejects.toBeInstanceOf(ForbiddenError);
    client.close();
  });
});
