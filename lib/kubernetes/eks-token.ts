import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const PREFIX = 'k8s-aws-v1.';
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * The bearer token that EKS takes: a presigned STS GetCallerIdentity call bound to the cluster's name.
 * It lives 15 minutes from `now`. The server refuses any query parameter beyond these (aws-iam-authenticator,
 * pkg/token/token.go), which is why it is signed here and not by a general presigner.
 */
export function eksToken(cluster: string, region: string, credentials: Credentials, now: Date): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const host = `sts.${region}.${domain}`;
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/sts/aws4_request`;
  const query = Object.entries({
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': '60',
    ...(credentials.sessionToken && { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
  })
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&');
  const request = `GET\n/\n${query}\nhost:${host}\nx-k8s-aws-id:${cluster}\n\nhost;x-k8s-aws-id\n${sha256('')}`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(request)}`;
  const key = [day, region, 'sts', 'aws4_request'].reduce<Buffer | string>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = hmac(key, toSign).toString('hex');
  const url = `https://${host}/?${query}&X-Amz-Signature=${signature}`;
  return PREFIX + Buffer.from(url).toString('base64url');
}
