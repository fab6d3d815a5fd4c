import { LOCAL_ACCOUNT } from '../../../local/cloud/account.ts';
import { parseQuery, scopeOf, verify } from '../../../local/cloud/sigv4.ts';

// The worked examples of the S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
const account = {
  ...LOCAL_ACCOUNT,
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
};
const now = Date.parse('2013-05-24T00:00:00Z');
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';

const signed = {
  method: 'GET',
  target: '/test.txt',
  headers: {
    host: 'examplebucket.s3.amazonaws.com',
    range: 'bytes=0-9',
    'x-amz-content-sha256': empty,
    'x-amz-date': '20130524T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41`,
  },
};

const presigned = {
  method: 'GET',
  target: `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(scope)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
  headers: { host: 'examplebucket.s3.amazonaws.com' },
};

const code = (request: typeof presigned | typeof signed, at = now) => {
  try {
    verify(request, account, at);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it("accepts AWS's own examples", () => {
  expect(verify(signed, account, now)).toEqual({ service: 's3', payload: empty });
  expect(verify(presigned, account, now)).toEqual({ service: 's3', payload: 'UNSIGNED-PAYLOAD' });
  expect(scopeOf(signed)).toBe('s3');
  expect(scopeOf(presigned)).toBe('s3');
});

it('accepts a signature in the query for a listing, whatever the order of its parameters', () => {
  const { authorization: _, range: __, ...headers } = signed.headers;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7`;
  for (const target of ['/?max-keys=2&prefix=J', '/?prefix=J&max-keys=2']) {
    expect(
      code({ method: 'GET', target, headers: { ...headers, authorization } as typeof signed.headers }),
    ).toBe('accepted');
  }
});

it.each([
  ['another method', { ...signed, method: 'PUT' }],
  ['another path', { ...signed, target: '/other.txt' }],
  ['another query', { ...signed, target: '/test.txt?acl' }],
  ['another signed header', { ...signed, headers: { ...signed.headers, range: 'bytes=0-99' } }],
  ['a longer life', { ...presigned, target: presigned.target.replace('86400', '86401') }],
  ['a cut signature', { ...presigned, target: presigned.target.slice(0, -2) }],
])('refuses %s', (_, request) => expect(code(request)).toBe('SignatureDoesNotMatch'));

it('refuses what is too old, too new or unknown', () => {
  const minute = 60_000;
  expect(code(signed, now + 14 * minute)).toBe('accepted');
  expect(code(signed, now + 16 * minute)).toBe('RequestTimeTooSkewed');
  expect(code(signed, now - 16 * minute)).toBe('RequestTimeTooSkewed');
  expect(code(presigned, now + 86_399_000)).toBe('accepted');
  expect(code(presigned, now + 86_401_000)).toBe('AccessDenied');
  expect(code({ ...presigned, target: presigned.target.replace('86400', '999999') })).toBe(
    'AuthorizationQueryParametersError',
  );
  expect(code({ ...presigned, target: presigned.target.replace('AKIA', 'AKIB') })).toBe('InvalidAccessKeyId');
  expect(code({ ...presigned, target: '/test.txt' })).toBe('AccessDenied');
  expect(code({ ...signed, headers: { ...signed.headers, authorization: 'Basic x' } })).toBe(
    'AuthorizationHeaderMalformed',
  );
});

it('reads a query as it was sent', () => {
  expect(parseQuery('/b?uploads&x=1=2&y=%20+&')).toEqual([
    ['uploads', ''],
    ['x', '1=2'],
    ['y', '  '],
  ]);
  expect(() => parseQuery('/b?x=%zz')).toThrow('Could not parse');
});
