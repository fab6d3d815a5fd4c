/** The audit log: one `audit.k8s.io/v1` Event a line. https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { type Level, levelOf } from './audit-policy.ts';
import type { User } from './identity.ts';
import { at, isObject, type JsonObject } from './objects.ts';
import type { RequestInfo } from './request-info.ts';

export type Stage = 'ResponseStarted' | 'ResponseComplete';

export interface ObjectReference {
  resource: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion: string;
  resourceVersion?: string;
  subresource?: string;
}

export interface AuditEvent {
  kind: 'Event';
  apiVersion: 'audit.k8s.io/v1';
  level: Level;
  auditID: string;
  stage: Stage;
  requestURI: string;
  verb: string;
  user: User;
  sourceIPs: string[];
  userAgent: string;
  objectRef?: ObjectReference;
  responseStatus: JsonObject;
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations: Record<string, string>;
}

/** The size at which the log is put aside as audit.log.1, as --audit-log-maxsize=100 does. */
const maximumSize = 100 * 1024 * 1024;

export class AuditLog {
  readonly #path: string;
  readonly #listener: ((event: AuditEvent) => void) | undefined;
  #file: number;
  #size: number;

  constructor(path: string, listener?: (event: AuditEvent) => void) {
    this.#path = path;
    this.#listener = listener;
    this.#file = openSync(path, 'a', 0o600);
    this.#size = fstatSync(this.#file).size;
  }

  append(event: AuditEvent): void {
    const line = `${JSON.stringify(event)}\n`;
    if (this.#size > maximumSize) {
      closeSync(this.#file);
      renameSync(this.#path, `${this.#path}.1`);
      this.#file = openSync(this.#path, 'a', 0o600);
      this.#size = 0;
    }
    this.#size += writeSync(this.#file, line);
    this.#listener?.(event);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** One request on its way through the server: collects what its events say. */
export class AuditTrail {
  readonly #log: AuditLog;
  readonly #info: RequestInfo;
  readonly #level: Level;
  readonly #event: Omit<AuditEvent, 'stage' | 'stageTimestamp' | 'responseStatus' | 'annotations'>;

  constructor(
    log: AuditLog,
    info: RequestInfo,
    requestURI: string,
    user: User,
    userAgent: string,
    sourceIP: string,
  ) {
    this.#log = log;
    this.#info = info;
    this.#level = levelOf(info, user);
    this.#event = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.#level,
      auditID: randomUUID(),
      requestURI,
      verb: info.verb,
      user,
      sourceIPs: [sourceIP],
      userAgent,
      ...(info.isResource && { objectRef: referenceOf(info) }),
      requestReceivedTimestamp: microTime(),
    };
  }

  /** The body of a write: names the object where the path does not, and is kept from level Request on. */
  request(body: unknown): void {
    const { objectRef } = this.#event;
    const { verb } = this.#info;
    if (objectRef && (verb === 'create' || verb === 'update'))
      completeReference(objectRef, at(body, 'metadata'));
    if (this.#level !== 'Metadata') this.#event.requestObject = body;
  }

  finish(stage: Stage, code: number, response: unknown): void {
    if (this.#level === 'None') return;
    const full = this.#level === 'RequestResponse' && isObject(response) && !isRead(this.#info.verb);
    const { requestReceivedTimestamp, ...event } = this.#event;
    this.#log.append({
      ...event,
      stage,
      responseStatus: responseStatus(code, response),
      ...(full && { responseObject: response }),
      requestReceivedTimestamp,
      stageTimestamp: microTime(),
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    });
  }
}

function isRead(verb: string): boolean {
  return ['get', 'list', 'watch'].includes(verb);
}

function referenceOf(info: RequestInfo): ObjectReference {
  return {
    resource: info.resource,
    ...(info.namespace !== undefined && { namespace: info.namespace }),
    ...(info.name !== undefined && { name: info.name }),
    ...(info.group !== '' && { apiGroup: info.group }),
    apiVersion: info.version,
    ...(info.subresource !== undefined && { subresource: info.subresource }),
  };
}

function completeReference(reference: ObjectReference, metadata: unknown): void {
  for (const key of ['namespace', 'name', 'uid', 'resourceVersion'] as const) {
    const value = at(metadata, key);
    if (reference[key] === undefined && typeof value === 'string' && value !== '') reference[key] = value;
  }
}

/** Only the fields of a Status that are bounded. */
function responseStatus(code: number, response: unknown): JsonObject {
  if (!isObject(response) || response.kind !== 'Status') return { metadata: {}, code };
  const { status, message, reason } = response;
  const text = status === 'Success' ? message : undefined;
  return {
    metadata: {},
    status,
    ...(text !== undefined && { message: text }),
    ...(reason !== undefined && { reason }),
    code,
  };
}

/** Audit times have six digits; the clock has three, so the last are zeros. */
function microTime(): string {
  return `${new Date().toISOString().slice(0, -1)}000Z`;
}
