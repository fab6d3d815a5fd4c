/**
 * A real Kubernetes control plane for tests: etcd and kube-apiserver, and kube-controller-manager where it is at hand.
 * Their programs come from the folder that KUBEBUILDER_ASSETS names (as envtest has it), else from what
 * ../shared/real-cluster/build.sh built.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Reply {
  code: number;
  text: string;
}

export type Send = (
  method: string,
  path: string,
  body?: string,
  headers?: Record<string, string>,
) => Promise<Reply>;

export interface ControlPlane {
  send: Send;
  auditLog: string;
  /** Starts garbage collection, namespaces and service accounts, where `hasControllers`. */
  startControllers(): Promise<void>;
  stop(): Promise<void>;
}

const built = join(process.env.REAL_CLUSTER_HOME ?? join(homedir(), '.cache/real-cluster'), 'bin');
const folder = process.env.KUBEBUILDER_ASSETS ?? built;

/** Whether kube-controller-manager is at hand; envtest has none. */
export const hasControllers = existsSync(join(folder, 'kube-controller-manager'));

/** The folder with the programs. Throws, saying what is missing and how to get it. */
function assetsFolder(): string {
  const missing = ['etcd', 'kube-apiserver'].filter(program => !existsSync(join(folder, program)));
  if (missing.length > 0)
    throw new Error(
      `no ${missing.join(' and no ')} in ${folder}: set KUBEBUILDER_ASSETS to a folder that has them (setup-envtest use -p path), or run ../shared/real-cluster/build.sh`,
    );
  return folder;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map(server => new Promise<void>(done => server.listen(0, '127.0.0.1', done))));
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => new Promise(done => server.close(done))));
  return ports;
}

/** Starts etcd and the API server in a folder of their own, and waits until it is ready. */
export async function startControlPlane(auditPolicy?: string): Promise<ControlPlane> {
  const programs = assetsFolder();
  const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
  const processes: ChildProcess[] = [];
  const [client = 0, peer = 0, secure = 0] = await freePorts(3);
  const token = randomUUID();
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const policy = auditPolicy ?? join(folder, 'audit-policy.yaml');
  if (auditPolicy === undefined)
    writeFileSync(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n');
  const auditLog = join(folder, 'audit.log');

  function run(program: string, ...args: string[]): ChildProcess {
    const log = openSync(join(folder, `${program}.log`), 'w');
    const child = spawn(join(programs, program), args, { stdio: ['ignore', log, log], cwd: folder });
    processes.push(child);
    return child;
  }
  async function stop(): Promise<void> {
    agent.destroy();
    for (const child of processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise(done => child.once('exit', done));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  }

  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const send: Send = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const options = {
        agent,
        method,
        host: '127.0.0.1',
        port: secure,
        path,
        headers: {
          ...headers,
          authorization: `Bearer ${token}`,
          // Node sends no body with DELETE unless its length is said.
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
      };
      const call = request(options, response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      });
      call.on('error', reject);
      call.end(body);
    });

  const etcd = run(
    'etcd',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
  );
  const server = run(
    'kube-apiserver',
    `--etcd-servers=http://127.0.0.1:${client}`,
    `--cert-dir=${folder}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${secure}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'sa.key')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--disable-admission-plugins=ServiceAccount',
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${auditLog}`,
    '--allow-privileged=true',
  );
  try {
    await until(
      async () => {
        if (etcd.exitCode !== null || server.exitCode !== null)
          throw new Error(`the control plane ended: ${logs(folder)}`);
        return (await send('GET', '/api/v1/namespaces/default')).code === 200;
      },
      () => logs(folder),
    );
  } catch (error) {
    await stop();
    throw error;
  }

  async function startControllers(): Promise<void> {
    const kubeconfig = join(folder, 'kubeconfig');
    const content = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'c', cluster: { server: `https://127.0.0.1:${secure}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    writeFileSync(kubeconfig, JSON.stringify(content), { mode: 0o600 });
    const [port = 0] = await freePorts(1);
    run(
      'kube-controller-manager',
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--controllers=garbagecollector,namespace,serviceaccount',
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
    );
    await until(
      async () => (await send('GET', '/api/v1/namespaces/default/serviceaccounts/default')).code === 200,
      () => logs(folder),
    );
  }
  return { send, auditLog, startControllers, stop };
}

async function until(ready: () => Promise<boolean>, why: () => string): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!(await ready().catch(retryRefused))) {
    if (Date.now() > deadline) throw new Error(`not ready after 90 s: ${why()}`);
    await new Promise(done => setTimeout(done, 100));
  }
}

function retryRefused(error: Error & { code?: string }): boolean {
  if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') return false;
  throw error;
}

function logs(folder: string): string {
  return ['etcd.log', 'kube-apiserver.log', 'kube-controller-manager.log']
    .map(name => join(folder, name))
    .filter(existsSync)
    .map(path => readFileSync(path, 'utf8').slice(-1500))
    .join('\n');
}
