/** Who a request is from: this decides the user in the audit log, and nothing else, for there is no authorisation here. */
import type { IncomingHttpHeaders } from 'node:http';

export interface User {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export const administrator: User = {
  username: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
};

export function serviceAccount(namespace: string, name: string): User {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

export const systemUser: User = { username: 'system:apiserver', groups: ['system:masters'] };

/** The user by the impersonation headers, by an EKS token, or the administrator. */
export function userOf(headers: IncomingHttpHeaders): User {
  const impersonated = headers['impersonate-user'];
  if (typeof impersonated === 'string' && impersonated !== '') {
    const groups = String(headers['impersonate-group'] ?? '')
      .split(',')
      .map(group => group.trim())
      .filter(group => group !== '');
    return {
      username: impersonated,
      groups: [...new Set([...groups, ...impliedGroups(impersonated), 'system:authenticated'])],
    };
  }
  return /^Bearer k8s-aws-v1\./.test(headers.authorization ?? '') ? assumedRole() : administrator;
}

/** A service account's groups follow from its name. */
function impliedGroups(username: string): string[] {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username) ?? [];
  return namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** The identity that aws-iam-authenticator gives a role's session; the account is one that cannot exist. */
function assumedRole(): User {
  const arn = 'arn:aws:sts::000000000000:assumed-role/serverless-capture/local';
  return {
    username: arn,
    uid: 'aws-iam-authenticator:000000000000:AROALOCAL',
    groups: ['serverless-capture', 'system:authenticated'],
    extra: {
      arn: [arn],
      canonicalArn: ['arn:aws:iam::000000000000:role/serverless-capture'],
      principalId: ['AROALOCAL'],
      sessionName: ['local'],
    },
  };
}
