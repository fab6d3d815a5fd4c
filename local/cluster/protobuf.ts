/**
 * Bodies in Kubernetes' protobuf encoding, which `kubectl create NAMESPACE|SECRET|CONFIGMAP|…` sends whatever the server
 * offers. Read only, and only the kinds that it makes; a field that is not listed here is refused, never dropped.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 * Field numbers: the generated.proto files of k8s.io/api.
 */
import type { JsonObject } from './objects.ts';
import { ApiError, badRequest } from './status.ts';

/** A closing `?` marks what is told apart from its zero value; `[]` a repeated field. */
type Type =
  | 'string'
  | 'int'
  | 'int?'
  | 'bool?'
  | 'bytes'
  | 'time'
  | 'map'
  | 'bytesMap'
  | 'string[]'
  | Fields
  | [Fields];

interface Fields {
  [number: number]: [name: string, type: Type];
}

const ownerReference: Fields = {
  1: ['kind', 'string'],
  3: ['name', 'string'],
  4: ['uid', 'string'],
  5: ['apiVersion', 'string'],
  6: ['controller', 'bool?'],
  7: ['blockOwnerDeletion', 'bool?'],
};

const metadata: Fields = {
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  5: ['uid', 'string'],
  6: ['resourceVersion', 'string'],
  8: ['creationTimestamp', 'time'],
  11: ['labels', 'map'],
  12: ['annotations', 'map'],
  13: ['ownerReferences', [ownerReference]],
  14: ['finalizers', 'string[]'],
};

const container: Fields = {
  1: ['name', 'string'],
  2: ['image', 'string'],
  3: ['command', 'string[]'],
  4: ['args', 'string[]'],
  8: ['resources', {}],
};

const podTemplate: Fields = {
  1: ['metadata', metadata],
  2: ['spec', { 2: ['containers', [container]], 3: ['restartPolicy', 'string'] }],
};

const kinds: Record<string, Fields> = {
  'v1/Namespace': {
    1: ['metadata', metadata],
    2: ['spec', { 1: ['finalizers', 'string[]'] }],
    3: ['status', {}],
  },
  'v1/Secret': {
    1: ['metadata', metadata],
    2: ['data', 'bytesMap'],
    3: ['type', 'string'],
    4: ['stringData', 'map'],
    5: ['immutable', 'bool?'],
  },
  'v1/ConfigMap': {
    1: ['metadata', metadata],
    2: ['data', 'map'],
    3: ['binaryData', 'bytesMap'],
    4: ['immutable', 'bool?'],
  },
  'v1/ServiceAccount': { 1: ['metadata', metadata] },
  'batch/v1/Job': {
    1: ['metadata', metadata],
    2: [
      'spec',
      {
        1: ['parallelism', 'int?'],
        2: ['completions', 'int?'],
        3: ['activeDeadlineSeconds', 'int?'],
        6: ['template', podTemplate],
        7: ['backoffLimit', 'int?'],
        8: ['ttlSecondsAfterFinished', 'int?'],
      },
    ],
    3: ['status', {}],
  },
};

/** "k8s" and a zero: every body begins with it. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0]);

/** The object in a protobuf body; 415 for a kind, or a field, that is read as JSON only. */
export function fromProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(magic))
    throw badRequest('the body is not in the protobuf encoding of Kubernetes');
  // runtime.Unknown: the type, then the object's own bytes.
  const envelope = message(body.subarray(4), {
    1: ['type', { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] }],
    2: ['raw', 'bytes'],
  });
  const { apiVersion, kind } = envelope.type as { apiVersion?: string; kind?: string };
  const fields = kinds[`${apiVersion}/${kind}`];
  if (fields === undefined) throw unsupported(`${kind}`);
  return { apiVersion, kind, ...message(envelope.raw as Buffer, fields) };
}

function unsupported(what: string): ApiError {
  const message = `${what} is not read from protobuf here: send JSON, as kubectl apply does`;
  return new ApiError(415, 'UnsupportedMediaType', message, {});
}

function message(bytes: Buffer, fields: Fields): JsonObject {
  const result: JsonObject = {};
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = reader.varint();
    const value = (tag & 7) === 2 ? reader.bytes() : (tag & 7) === 0 ? reader.varint() : undefined;
    const [name, type] = fields[tag >>> 3] ?? [];
    if (name !== undefined && type !== undefined && value !== undefined) set(result, name, type, value);
    // Go's encoder also writes what is empty.
    else if (value === undefined || (typeof value === 'number' ? value !== 0 : value.length > 0))
      throw unsupported(`field ${tag >>> 3}`);
  }
  return result;
}

function set(result: JsonObject, name: string, type: Type, value: number | Buffer): void {
  if (typeof value === 'number') {
    if (type === 'bool?') result[name] = value !== 0;
    else if (type === 'int?' || (type === 'int' && value !== 0)) result[name] = value;
    else if (value !== 0) throw unsupported(name);
  } else if (type === 'string') {
    if (value.length > 0) result[name] = value.toString();
  } else if (type === 'bytes') result[name] = value;
  else if (type === 'string[]')
    result[name] = [...((result[name] as string[] | undefined) ?? []), value.toString()];
  else if (type === 'map' || type === 'bytesMap') {
    const entry = message(value, { 1: ['key', 'bytes'], 2: ['value', 'bytes'] }) as {
      key?: Buffer;
      value?: Buffer;
    };
    const text = (entry.value ?? Buffer.alloc(0)).toString(type === 'map' ? 'utf8' : 'base64');
    result[name] = { ...(result[name] as JsonObject | undefined), [entry.key?.toString() ?? '']: text };
  } else if (Array.isArray(type))
    result[name] = [...((result[name] as JsonObject[] | undefined) ?? []), message(value, type[0])];
  else if (type === 'time') {
    if (value.length > 0) throw unsupported(name);
  } else if (typeof type === 'object') result[name] = message(value, type);
  else throw badRequest(`field ${name} is of a wrong wire type`);
}

/** Reads the wire format within its bounds. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw badRequest('the protobuf body ends within a number');
  }

  bytes(): Buffer {
    const length = this.varint();
    if (length > this.#bytes.length - this.#at) throw badRequest('the protobuf body ends within a field');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
