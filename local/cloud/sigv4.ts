import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Account } from './account.ts';
import { AwsError } from './errors.ts';

/** What a signature says about a request; `service` is that of its credential scope. */
export interface Signed {
  service: string;
  /** Hash of the body that was signed, or a word such as UNSIGNED-PAYLOAD. */
  payload: string;
}

interface Request {
  method: string;
  /** Path and query as they were sent. */
  target: string;
  headers: NodeJS.Dict<string | string[]>;
  /** Lower-case hex, for services that do not send it in a header. */
  bodyHash?: string;
}

const SKEW = 15 * 60_000;
const LONGEST_EXPIRY = 7 * 24 * 3600;

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

export function parseQuery(target: string): [string, string][] {
  const at = target.indexOf('?');
  if (at < 0) return [];
  return target
    .slice(at + 1)
    .split('&')
    .filter(part => part !== '')
    .map(part => {
      const equals = part.indexOf('=');
      const name = equals < 0 ? part : part.slice(0, equals);
      const value = equals < 0 ? '' : part.slice(equals + 1);
      return [decode(name), decode(value)];
    });
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    throw new AwsError('InvalidURI', 400, 'Could not parse the specified URI.');
  }
}

/** The service a request is for, by its credential scope, before its signature is looked at. */
export function scopeOf(request: Request): string | undefined {
  return credentialOf(request)?.split('/')[3];
}

function credentialOf({ headers, target }: Request): string | undefined {
  const authorization = headers.authorization;
  if (typeof authorization === 'string') return /Credential=([^,\s]+)/.exec(authorization)?.[1];
  return parseQuery(target).find(([name]) => name === 'X-Amz-Credential')?.[1];
}

/**
 * Checks the signature of a request, in its Authorization header or in its URL.
 * Format: AWS, "Create a signed AWS API request" and "Authenticating Requests: Using Query Parameters".
 * @throws {@link AwsError} as S3 does
 */
export function verify(request: Request, { credentials }: Account, now = Date.now()): Signed {
  const { headers, method, target } = request;
  const query = parseQuery(target);
  const parameter = (name: string) => query.find(([key]) => key === name)?.[1];
  const authorization = headers.authorization;
  const presigned = typeof authorization !== 'string';
  const algorithm = presigned ? parameter('X-Amz-Algorithm') : authorization.split(' ')[0];
  if (algorithm === undefined) throw new AwsError('AccessDenied', 403, 'Access Denied');
  const credential = credentialOf(request);
  const signedHeaders = presigned
    ? parameter('X-Amz-SignedHeaders')
    : /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1];
  const signature = presigned
    ? parameter('X-Amz-Signature')
    : /Signature=([0-9a-f]+)/.exec(authorization)?.[1];
  const date = presigned ? parameter('X-Amz-Date') : headers['x-amz-date'];
  if (
    algorithm !== 'AWS4-HMAC-SHA256' ||
    !credential ||
    !signedHeaders ||
    !signature ||
    typeof date !== 'string'
  ) {
    const code = presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed';
    throw new AwsError(
      code,
      400,
      'The authorization is malformed; AWS4-HMAC-SHA256 with all of its parts is needed.',
    );
  }

  const [accessKeyId, ...scope] = credential.split('/');
  const [day, region, service] = scope as [string, string, string];
  if (accessKeyId !== credentials.accessKeyId) {
    throw new AwsError(
      'InvalidAccessKeyId',
      403,
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  }
  checkTime(date, presigned ? parameter('X-Amz-Expires') : undefined, presigned, now);

  const header = headers['x-amz-content-sha256'];
  const payload =
    typeof header === 'string' ? header : (request.bodyHash ?? (presigned ? 'UNSIGNED-PAYLOAD' : sha256('')));
  const path = target.split('?')[0]!;
  const canonical = [
    method,
    path
      .split('/')
      .map(segment => (service === 's3' ? encode(decode(segment.replaceAll('+', '%2B'))) : encode(segment)))
      .join('/'),
    query
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...signedHeaders.split(';').map(name => {
      const value = headers[name];
      return `${name}:${(Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/ +/g, ' ')}`;
    }),
    '',
    signedHeaders,
    payload,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (previous, step) => hmac(previous, step),
    `AWS4${credentials.secretAccessKey}`,
  );
  const expected = hmac(key, toSign);
  const given = Buffer.from(signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  return { service, payload };
}

function checkTime(date: string, expires: string | undefined, presigned: boolean, now: number) {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const signed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(signed))
    throw new AwsError('AccessDenied', 403, 'X-Amz-Date must be in ISO 8601 basic format.');
  if (!presigned) {
    if (Math.abs(now - signed) > SKEW) {
      throw new AwsError(
        'RequestTimeTooSkewed',
        403,
        'The difference between the request time and the current time is too large.',
      );
    }
    return;
  }
  const seconds = Number(expires);
  if (!(seconds >= 1 && seconds <= LONGEST_EXPIRY)) {
    throw new AwsError(
      'AuthorizationQueryParametersError',
      400,
      'X-Amz-Expires must be between 1 and 604800 seconds',
    );
  }
  if (now < signed - SKEW) throw new AwsError('AccessDenied', 403, 'Request is not yet valid');
  if (now > signed + seconds * 1000) throw new AwsError('AccessDenied', 403, 'Request has expired');
}

export const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
