import { type Account, arn } from './account.ts';
import { AwsError } from './errors.ts';

export interface ClusterEndpoint {
  name: string;
  endpoint: string; // http or https URL
  certificateAuthority?: string; // base64 of PEM
}

/** DescribeCluster: where a cluster's API server is. */
export function describeCluster(clusters: ClusterEndpoint[], name: string, account: Account) {
  const cluster = clusters.find(item => item.name === name);
  if (!cluster) {
    const message = `No cluster found for name: ${name}.`;
    throw new AwsError('ResourceNotFoundException', 404, message, {
      'x-amzn-errortype': 'ResourceNotFoundException',
    });
  }
  return {
    cluster: {
      name,
      arn: arn(account, 'eks', `cluster/${name}`),
      endpoint: cluster.endpoint,
      certificateAuthority: cluster.certificateAuthority ? { data: cluster.certificateAuthority } : {},
      accessConfig: { authenticationMode: 'API' },
      status: 'ACTIVE',
    },
  };
}
