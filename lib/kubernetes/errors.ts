import type { V1Status } from '@kubernetes/client-node';

/** A request that did not succeed; `retryable` says whether the same request may succeed later. */
export class KubernetesError extends Error {
  readonly retryable: boolean = false;
  /** The server's own words, if it answered with a Status. */
  readonly status: V1Status | undefined;
  readonly code: number | undefined;

  constructor(message: string, code?: number, status?: V1Status, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.status = status;
  }
}

export class NotFoundError extends KubernetesError {}
export class AlreadyExistsError extends KubernetesError {}
/** The object changed since it was read, or is not the one that was meant: read again. */
export class ConflictError extends KubernetesError {
  override readonly retryable = true;
}
export class UnauthorizedError extends KubernetesError {
  override readonly retryable = true;
}
export class ForbiddenError extends KubernetesError {}
/** The server refused the object (schema, admission, quota). */
export class InvalidError extends KubernetesError {}
/** A list's continue token or a watch's resourceVersion is too old: start again. */
export class ExpiredError extends KubernetesError {
  override readonly retryable = true;
}
/** Too many requests; `retryAfterMs` as the server asked, or undefined. */
export class ThrottledError extends KubernetesError {
  override readonly retryable = true;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, status: V1Status | undefined, retryAfterMs: number | undefined) {
    super(message, 429, status);
    this.retryAfterMs = retryAfterMs;
  }
}
/** No answer, or one that promises nothing (5xx). A write may or may not have been applied. */
export class UnavailableError extends KubernetesError {
  override readonly retryable = true;
}
/** The server's certificate is not the one that was expected, e.g. after its authority was rotated. */
export class CertificateError extends KubernetesError {
  override readonly retryable = true;
}
/** The time given for the work is over; nothing was sent. */
export class DeadlineError extends KubernetesError {
  override readonly retryable = true;
}

/** The error for an answer outside 2xx. `retryAfter` is the header's text: seconds or an HTTP date. */
export function errorFrom(code: number, body: string, retryAfter: string | undefined, now: number) {
  const status = parseStatus(body);
  const message = status?.message ?? `HTTP ${code}: ${body.slice(0, 200)}`;
  switch (code) {
    case 401:
      return new UnauthorizedError(message, code, status);
    case 403:
      return new ForbiddenError(message, code, status);
    case 404:
      return new NotFoundError(message, code, status);
    case 409:
      return status?.reason === 'AlreadyExists'
        ? new AlreadyExistsError(message, code, status)
        : new ConflictError(message, code, status);
    case 410:
      return new ExpiredError(message, code, status);
    case 429:
      return new ThrottledError(message, status, parseRetryAfter(retryAfter, now));
    case 400:
    case 405:
    case 413:
    case 415:
    case 422:
      return new InvalidError(message, code, status);
    default:
      return code >= 500
        ? new UnavailableError(message, code, status)
        : new KubernetesError(message, code, status);
  }
}

function parseStatus(body: string): V1Status | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const isStatus =
      typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
    return isStatus ? (value as V1Status) : undefined;
  } catch {
    return undefined;
  }
}

function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
