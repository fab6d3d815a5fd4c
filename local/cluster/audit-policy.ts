/**
 * At which level a request is logged: the audit policy of Amazon EKS, first match wins, as the EKS Best Practices Guide
 * prints it (https://docs.aws.amazon.com/eks/latest/best-practices/auditing-and-logging.html). Left out are the rules
 * about requests that cannot come here (kube-proxy, the scheduler, node-problem-detector, metrics).
 */
import type { User } from './identity.ts';
import type { RequestInfo } from './request-info.ts';

export type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

interface Rule {
  level: Level;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  namespaces?: string[];
  /** By group: the resources, with `name/subresource` for a subresource; all of the group where there is no list. */
  resources?: { group: string; resources?: string[]; resourceNames?: string[] }[];
  /** A closing `*` stands for anything. */
  nonResourceUrls?: string[];
}

const knownGroups = [
  ...['', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io', 'apps'],
  ...[
    'authentication.k8s.io',
    'authorization.k8s.io',
    'autoscaling',
    'batch',
    'certificates.k8s.io',
    'extensions',
  ],
  ...['metrics.k8s.io', 'networking.k8s.io', 'policy', 'rbac.authorization.k8s.io', 'scheduling.k8s.io'],
  ...['settings.k8s.io', 'storage.k8s.io'],
].map(group => ({ group }));

const nodeStatus = [{ group: '', resources: ['nodes/status', 'pods/status'] }];

const rules: Rule[] = [
  {
    level: 'RequestResponse',
    namespaces: ['kube-system'],
    verbs: ['update', 'patch', 'delete'],
    resources: [{ group: '', resources: ['configmaps'], resourceNames: ['aws-auth'] }],
  },
  {
    level: 'None',
    userGroups: ['system:nodes'],
    verbs: ['get'],
    resources: [{ group: '', resources: ['nodes', 'nodes/status'] }],
  },
  {
    level: 'None',
    users: ['system:apiserver'],
    verbs: ['get'],
    resources: [{ group: '', resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'] }],
  },
  { level: 'None', nonResourceUrls: ['/healthz*', '/version', '/swagger*'] },
  { level: 'None', resources: [{ group: '', resources: ['events'] }] },
  { level: 'Request', users: ['kubelet'], verbs: ['update', 'patch'], resources: nodeStatus },
  { level: 'Request', userGroups: ['system:nodes'], verbs: ['update', 'patch'], resources: nodeStatus },
  {
    level: 'Request',
    users: ['system:serviceaccount:kube-system:namespace-controller'],
    verbs: ['deletecollection'],
  },
  {
    level: 'Metadata',
    resources: [
      { group: '', resources: ['secrets', 'configmaps'] },
      { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
    ],
  },
  { level: 'Request', verbs: ['get', 'list', 'watch'], resources: knownGroups },
  { level: 'RequestResponse', resources: knownGroups },
  { level: 'Metadata' },
];

export function levelOf(info: RequestInfo, user: User): Level {
  return rules.find(rule => matches(rule, info, user))?.level ?? 'None';
}

function matches(rule: Rule, info: RequestInfo, user: User): boolean {
  if (rule.users && !rule.users.includes(user.username)) return false;
  if (rule.userGroups && !rule.userGroups.some(group => user.groups.includes(group))) return false;
  if (rule.verbs && !rule.verbs.includes(info.verb)) return false;
  if (rule.namespaces && !rule.namespaces.includes(info.namespace ?? '')) return false;
  if (rule.nonResourceUrls)
    return !info.isResource && rule.nonResourceUrls.some(pattern => matchesPath(pattern, info.path));
  if (rule.resources) return info.isResource && rule.resources.some(entry => matchesResource(entry, info));
  return true;
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

function matchesResource(entry: NonNullable<Rule['resources']>[number], info: RequestInfo): boolean {
  if (entry.group !== info.group) return false;
  const asked = info.subresource === undefined ? info.resource : `${info.resource}/${info.subresource}`;
  if (entry.resources && !entry.resources.includes(asked)) return false;
  return entry.resourceNames === undefined || entry.resourceNames.includes(info.name ?? '');
}
