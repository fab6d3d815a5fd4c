/** At which level a request is logged: the rules of audit-policy.yaml, of which the first that matches decides. */
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { User } from './identity.ts';
import type { RequestInfo } from './request-info.ts';

export type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

/** A rule of an `audit.k8s.io/v1` Policy. Its `omitStages` has no use here: requests are logged when they are answered. */
interface Rule {
  level: Level;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  namespaces?: string[];
  /** Of a group: these resources (`name/subresource` for a subresource), or all where there is no list. */
  resources?: { group: string; resources?: string[]; resourceNames?: string[] }[];
  /** A closing `*` stands for anything. */
  nonResourceURLs?: string[];
}

/** The policy's file, which a real API server takes as it is. */
export const policyPath = new URL('./audit-policy.yaml', import.meta.url);

const { rules } = load(readFileSync(policyPath, 'utf8')) as { rules: Rule[] };

export function levelOf(info: RequestInfo, user: User): Level {
  return rules.find(rule => matches(rule, info, user))?.level ?? 'None';
}

function matches(rule: Rule, info: RequestInfo, user: User): boolean {
  if (rule.users && !rule.users.includes(user.username)) return false;
  if (rule.userGroups && !rule.userGroups.some(group => user.groups.includes(group))) return false;
  if (rule.verbs && !rule.verbs.includes(info.verb)) return false;
  if (rule.namespaces && !rule.namespaces.includes(info.namespace ?? '')) return false;
  if (rule.nonResourceURLs)
    return !info.isResource && rule.nonResourceURLs.some(pattern => matchesPath(pattern, info.path));
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
