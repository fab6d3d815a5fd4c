import { spawnSync } from 'node:child_process';
import { HOST_IP, type Surroundings, type WorldNode, type WorldPlan, type WorldPod } from './plan.ts';

/**
 * The world's network: one namespace for the fabric between nodes, one per node, one per pod. Everything lies
 * in namespaces named sc-… but one link on the machine, `sc-host`, so a teardown finds all of it by name.
 *
 *   machine sc-host ── fabric: bridge br0 ── node eth0, bridge cbr0 ── pod eth0
 */
const FABRIC = 'sc-fabric';
const HOST_LINK = 'sc-host';

export const nodeNamespace = (node: { name: string }) => `sc-${node.name}`;
export const podNamespace = (pod: WorldPod) => `sc-pod-${pod.workload}`;

/** A step of bringing the network up that failed, with what the tool said. */
export class NetworkError extends Error {}

/** Whether this process may make network namespaces, and translate addresses in them. */
export function probe(): Surroundings {
  const name = 'sc-probe';
  run('ip', ['netns', 'del', name]);
  const namespaces =
    run('ip', ['netns', 'add', name]).ok && run('ip', ['-n', name, 'link', 'set', 'lo', 'up']).ok;
  const table = 'table ip probe {\nchain output {\ntype nat hook output priority -100;\n}\n}\n';
  const translation = namespaces && run('ip', inNamespace(name, 'nft', '-f', '-'), table).ok;
  run('ip', ['netns', 'del', name]);
  return { namespaces, translation };
}

/** Makes the network; what a killed run left is used again when it is whole, so that its captures go on. */
export function bringUp(plan: WorldPlan, { translation }: Surroundings): void {
  const namespaces = [FABRIC, ...plan.nodes.map(nodeNamespace), ...plan.pods.map(podNamespace)];
  const existing = ourNamespaces();
  if (namespaces.every(name => existing.includes(name)) && run('ip', ['link', 'show', HOST_LINK]).ok) return;
  tearDown();
  must('ip', ['-batch', '-'], lines(namespaces.map(name => `netns add ${name}`)));
  must(
    'ip',
    ['-batch', '-'],
    lines(plan.nodes.flatMap(nodeLinks).concat(hostLinks(), plan.pods.flatMap(podLinks))),
  );
  configure(FABRIC, [
    'link add br0 type bridge',
    'link set br0 up',
    ...['host0', ...plan.nodes.map(node => `to-${node.name}`)].flatMap(port => [
      `link set ${port} master br0`,
      `link set ${port} up`,
    ]),
  ]);
  for (const node of plan.nodes) bringUpNode(node, plan);
  for (const pod of plan.pods) bringUpPod(pod, plan);
  if (translation) translateServices(plan);
}

/** Service addresses, as kube-proxy would set them up in each node. */
function translateServices(plan: WorldPlan): void {
  const rules = plan.services.flatMap(service => {
    const backend = plan.pods.find(pod => pod.workload === service.workload);
    if (!backend) return [];
    return service.ports.map(
      ({ protocol, port, targetPort }) =>
        `ip daddr ${service.ip} ${protocol.toLowerCase()} dport ${port} dnat to ${backend.ip}:${targetPort}`,
    );
  });
  const chain = (hook: string) =>
    lines([`chain ${hook} {`, `type nat hook ${hook} priority -100;`, ...rules, '}']);
  const table = `table ip services {\n${chain('prerouting')}${chain('output')}}\n`;
  for (const node of plan.nodes) must('ip', inNamespace(nodeNamespace(node), 'nft', '-f', '-'), table);
}

/** Removes every namespace and link of the world; links die with their namespaces. */
export function tearDown(): void {
  const ours = ourNamespaces();
  if (ours.length > 0) run('ip', ['-force', '-batch', '-'], lines(ours.map(name => `netns del ${name}`)));
  run('ip', ['link', 'del', HOST_LINK]);
}

function ourNamespaces(): string[] {
  const names = run('ip', ['netns', 'list'])
    .output.split('\n')
    .map(line => line.split(' ')[0] ?? '');
  return names.filter(name => name.startsWith('sc-'));
}

/** The argument list that runs a program inside a network namespace. */
export function inNamespace(namespace: string, ...command: string[]): string[] {
  return ['netns', 'exec', namespace, ...command];
}

const hostLinks = () => [
  `link add ${HOST_LINK} type veth peer name host0 netns ${FABRIC}`,
  `addr add ${HOST_IP}/24 dev ${HOST_LINK}`,
  `link set ${HOST_LINK} up`,
];

const nodeLinks = (node: WorldNode) => [
  `link add eth0 netns ${nodeNamespace(node)} type veth peer name to-${node.name} netns ${FABRIC}`,
];

const podLinks = (pod: WorldPod) => [
  `link add eth0 netns ${podNamespace(pod)} type veth peer name veth-${pod.workload} netns sc-${pod.node}`,
];

function bringUpNode(node: WorldNode, plan: WorldPlan): void {
  const namespace = nodeNamespace(node);
  const ports = plan.pods.filter(pod => pod.node === node.name).map(pod => `veth-${pod.workload}`);
  const others = plan.nodes.filter(other => other !== node);
  configure(namespace, [
    'link set lo up',
    `addr add ${node.ip}/24 dev eth0`,
    'link set eth0 up',
    'link add cbr0 type bridge',
    `addr add ${node.podGateway}/24 dev cbr0`,
    'link set cbr0 up',
    ...ports.flatMap(port => [`link set ${port} master cbr0`, `link set ${port} up`]),
    ...others.map(other => `route add ${other.podGateway.replace(/\.\d+$/, '.0')}/24 via ${other.ip}`),
    `route add default via ${HOST_IP}`,
  ]);
  must('ip', inNamespace(namespace, 'tee', '/proc/sys/net/ipv4/ip_forward'), '1');
}

function bringUpPod(pod: WorldPod, plan: WorldPlan): void {
  const gateway = plan.nodes.find(node => node.name === pod.node)?.podGateway;
  configure(podNamespace(pod), [
    'link set lo up',
    `addr add ${pod.ip}/24 dev eth0`,
    'link set eth0 up',
    `route add default via ${gateway}`,
  ]);
}

const configure = (namespace: string, commands: string[]) =>
  must('ip', ['-n', namespace, '-batch', '-'], lines(commands));

const lines = (commands: string[]) => `${commands.join('\n')}\n`;

function must(program: string, args: string[], input: string): void {
  const { ok, output } = run(program, args, input);
  if (!ok) throw new NetworkError(`${program} ${args.join(' ')}: ${output.trim()}`);
}

function run(program: string, args: string[], input = ''): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}` };
}
