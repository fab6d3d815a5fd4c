import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { captureManifest } from '../../cli/capture-manifest.ts';
import { ageOf } from '../../cli/capture-state.ts';
import { type Client, createClient } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { type Cluster, startCluster } from '../../local/cluster/server.ts';
import { capturectl, jsonLines } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'capturectl-cluster-'));
const env = { KUBECONFIG: join(folder, 'kubeconfig') };
let cluster: Cluster;
let client: Client;

beforeAll(async () => {
  cluster = await startCluster({ dataDir: join(folder, 'cluster') });
  writeFileSync(env.KUBECONFIG, cluster.kubeconfig());
  client = createClient({ server: cluster.url });
  const crd = load(
    readFileSync(resolve(import.meta.dirname, '../../deploy/crd/captures.yaml'), 'utf8'),
  ) as object;
  await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
});

afterAll(async () => {
  client.close();
  await cluster.close();
  rmSync(folder, { recursive: true });
});

describe('capturectl on Captures of a cluster', () => {
  it('creates, lists, follows and deletes a Capture', async () => {
    const args = [
      'create',
      'web',
      '--namespace-selectors',
      'app=target-app',
      '--duration',
      '30s',
      '--packet-size',
      '1500',
    ];
    const s3 = [
      '--s3-bucket',
      'captures',
      '--s3-region',
      'eu-west-1',
      '--s3-secret',
      'keys',
      '--host-path',
      '/captures',
    ];
    expect(await capturectl([...args, ...s3], env)).toEqual({
      code: 0,
      out: 'Capture default/web created\n',
      err: '',
    });

    const [listed] = jsonLines((await capturectl(['list', '--json'], env)).out);
    expect(listed!.spec).toMatchObject({
      captureConfiguration: {
        captureTarget: { namespaceSelector: { matchLabels: { app: 'target-app' } } },
        captureOption: { duration: '30s', maxCaptureSize: 100, packetSize: 1500 },
      },
      outputConfiguration: {
        hostPath: '/captures',
        s3Upload: { bucket: 'captures', region: 'eu-west-1', secretName: 'keys', path: 'retina/captures' },
      },
    });
    expect((await capturectl(['list', '-A'], env)).out).toMatch(
      /NAMESPACE +CAPTURE NAME +STATE +JOBS +AGE\ndefault +web +Waiting +0\/0/,
    );
    expect((await capturectl(['status', 'web'], env)).out).toMatch(/^Capture +default\/web\nState +Waiting/);

    const again = await capturectl([...args], env);
    expect({ code: again.code, err: again.err }).toEqual({
      code: 1,
      err: 'capturectl: Capture default/web is there already\n',
    });

    expect((await capturectl(['delete', 'web'], env)).code).toBe(0);
    expect(await capturectl(['list'], env)).toEqual({
      code: 0,
      out: 'No Capture found in default namespace.\n',
      err: '',
    });
    const gone = await capturectl(['status', 'web'], env);
    expect({ code: gone.code, err: gone.err }).toEqual({
      code: 1,
      err: 'capturectl: Capture default/web was not found\n',
    });
  }, 60_000);

  it.each([
    ['complete', 'JobsCompleted', 0],
    ['error', 'UploadNotObserved', 1],
  ])(
    'waits until the Capture is final: %s',
    async (type, reason, code) => {
      const name = `wait-${type}`;
      const waiting = capturectl(['create', name, '--wait'], env);
      await setStatus(name, {
        conditions: [
          {
            type,
            status: 'True',
            reason,
            message: 'node-1 has no file',
            lastTransitionTime: '2026-11-22T10:00:00Z',
          },
        ],
        completionTime: '2026-11-22T10:00:00Z',
        succeeded: 1,
      });
      const result = await waiting;
      expect(result.code).toBe(code);
      if (code === 1) expect(result.err).toContain('capturectl: node-1 has no file');
      expect((await capturectl(['status', name], env)).code).toBe(code);
    },
    60_000,
  );

  /** Waits until the Capture is there, and sets its status as the service would. */
  async function setStatus(name: string, status: object): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await client.patch(paths.captureStatus('default', name), 'merge', { status });
        return;
      } catch (error) {
        if (attempt === 100) throw error;
        await new Promise(resolve => setTimeout(resolve, 100));
      }
    }
  }

  it.each([
    [['create', 'x', '--max-size', 'big'], '--max-size takes a whole number'],
    [['create', 'x', '--pod-selectors', 'web'], "--pod-selectors takes key=value, not 'web'"],
    [['create', 'x', '--source-ips', '10.0.0.1,'], '--source-ips has an empty entry'],
    [['create', 'x', '--source-ips', 'web'], "--source-ips takes addresses, not 'web'"],
    [['create', 'x', '--s3-region', 'r'], '--s3-bucket is needed'],
    [['create', 'x', '--pcap-filter', 'prot tcp'], 'filter'],
    [['create', 'x', '--host-path', '../etc'], 'hostPath'],
    [['create', 'x', '--host-path', ''], 'output'],
  ])('refuses %j before anything is made', async (args, sentence) => {
    const { code, err } = await capturectl(args, { KUBECONFIG: '/nowhere' });
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(sentence) });
  });

  it('means every Linux node, for a minute, when nothing is said', () => {
    expect(captureManifest('x', 'default', {}).spec).toEqual({
      captureConfiguration: {
        captureTarget: { nodeSelector: { matchLabels: { 'kubernetes.io/os': 'linux' } } },
        captureOption: { duration: '1m0s', maxCaptureSize: 100 },
        includeMetadata: true,
      },
      outputConfiguration: { hostPath: 'retina' },
    });
  });

  it('tells ages as kubectl does', () => {
    const now = Date.parse('2026-11-22T10:00:00Z');
    const ages = [
      '2026-11-22T09:59:01Z',
      '2026-11-22T09:00:00Z',
      '2026-11-22T01:00:00Z',
      '2026-11-01T10:00:00Z',
    ];
    expect(ages.map(time => ageOf(time, now))).toEqual(['59s', '60m', '9h', '21d']);
  });
});
