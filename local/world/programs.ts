import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { selfSigned } from './certificate.ts';
import { inNamespace, podNamespace } from './network.ts';
import type { WorldPlan, WorldPod } from './plan.ts';
import type { Settings } from './programs/settings.ts';

/** Small programs: a young generation of 1 MiB keeps each near Node's least. */
const NODE_OPTIONS = [
  '--max-semi-space-size=1',
  '--max-old-space-size=32',
  '--disable-warning=ExperimentalWarning',
];
const SERVERS_FIRST_MS = 300;

/** The pods' processes; they end with `stop` or with this process. */
export function startPrograms(plan: WorldPlan, namespaces: boolean): { stop(): void } {
  const children = new Set<ChildProcess>();
  const start = (pod: WorldPod) => {
    const command = [
      process.execPath,
      ...NODE_OPTIONS,
      programFile(pod),
      JSON.stringify(settingsOf(pod, plan)),
    ];
    const [program = '', ...args] = namespaces
      ? ['ip', ...inNamespace(podNamespace(pod), ...command)]
      : command;
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], env: {} });
    child.on('error', () => children.delete(child)).on('exit', () => children.delete(child));
    child.stdin?.on('error', () => undefined);
    children.add(child);
  };
  const isServer = (pod: WorldPod) => plan.services.some(service => service.workload === pod.workload);
  plan.pods.filter(isServer).forEach(start);
  const clients = setTimeout(() => plan.pods.filter(pod => !isServer(pod)).forEach(start), SERVERS_FIRST_MS);
  return {
    stop() {
      clearTimeout(clients);
      for (const child of children) child.kill('SIGKILL');
    },
  };
}

/** Ends what a killed run left behind in the pods' namespaces. */
export function endLeftovers(plan: WorldPlan): void {
  for (const pod of plan.pods) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', podNamespace(pod)], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // it ended by itself
      }
    }
  }
}

const programFile = (pod: WorldPod) => fileURLToPath(new URL(`./programs/${pod.program}`, import.meta.url));

function settingsOf(pod: WorldPod, plan: WorldPlan): Settings {
  const dns = plan.services.find(service => service.name === 'kube-dns');
  return {
    ip: pod.ip,
    dns: dns?.ip ?? '127.0.0.1',
    names: Object.fromEntries(
      plan.services.map(service => [`${service.name}.${service.namespace}.svc.cluster.local`, service.ip]),
    ),
    ...(pod.workload === 'pay' && { tls: selfSigned('pay.shop.svc.cluster.local') }),
  };
}
