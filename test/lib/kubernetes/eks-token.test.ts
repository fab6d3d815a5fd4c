import { eksToken } from '../../../lib/kubernetes/eks-token.ts';

// Made with botocore's RequestSigner for the same input.
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'FwoGZXIvYXdzEXAMPLETOKEN//+=',
};
const now = new Date('2026-01-01T00:00:00Z');
const urlOf = (token: string) =>
  new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());

test('equals what botocore signs', () => {
  const token = eksToken('demo', 'us-east-1', credentials, now);
  expect(token).toHaveLength(558);
  expect(urlOf(token).searchParams.get('X-Amz-Signature')).toBe(
    'a9643e24bdc25ef24e7eb562c76a3365e7a8244225f6820661a22213a8418ff9',
  );
});

test('is bound to the cluster and the region', () => {
  expect(eksToken('other', 'us-east-1', credentials, now)).not.toBe(
    eksToken('demo', 'us-east-1', credentials, now),
  );
  expect(urlOf(eksToken('demo', 'cn-north-1', credentials, now)).host).toBe(
    'sts.cn-north-1.amazonaws.com.cn',
  );
});

test('carries no session token when there is none', () => {
  const { accessKeyId, secretAccessKey } = credentials;
  const url = urlOf(eksToken('demo', 'us-east-1', { accessKeyId, secretAccessKey }, now));
  expect(url.searchParams.has('X-Amz-Security-Token')).toBe(false);
});
