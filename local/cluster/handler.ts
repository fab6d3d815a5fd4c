/** From a request to its answer: routing, and what each verb does. */
import { load } from 'js-yaml';
import { bind } from './binding.ts';
import { type IncludeObject, partialMetadata, table } from './columns.ts';
import { parseJson, parseObject } from './decode.ts';
import { deleteOptions, remove } from './deletion.ts';
import { apiVersions, group, groupList, resourceList, version } from './discovery.ts';
import { asItem, inVersion, type Lists, selector } from './lists.ts';
import { negotiate } from './negotiation.ts';
import { at, isObject, type JsonObject, type KubeObject } from './objects.ts';
import { openApiDocument, openApiIndex } from './openapi.ts';
import { fromProtobuf } from './protobuf.ts';
import type { Registry } from './registry.ts';
import type { RequestInfo } from './request-info.ts';
import { apiVersionOf, type Resource, storageOf } from './resource.ts';
import { ApiError, badRequest, methodNotAllowed, notFound, pathNotFound } from './status.ts';
import type { Store } from './store.ts';
import { type WatchEvent, watch } from './watch.ts';
import { apply, create, patch, patchTypes, read, type Target, update, type WriteOptions } from './writes.ts';

/** Reads the log of a container, from where the pods run. It ends, or goes on while `follow` is set. */
export type PodLogs = (
  namespace: string,
  name: string,
  container: string,
  options: { follow: boolean; tailLines?: number },
) => AsyncIterable<Uint8Array | string> | Promise<AsyncIterable<Uint8Array | string>>;

export interface ApiRequest {
  info: RequestInfo;
  body: Buffer;
  contentType: string;
  accept: string;
  userAgent: string;
  address: string;
  /** Fires when the client is gone or the server closes. */
  signal: AbortSignal;
  /** Called with the decoded body of a write, for the audit log. */
  onBody(body: unknown): void;
}

export interface ApiResponse {
  code: number;
  /** An object, sent as JSON; a text, sent as it is; or a stream of lines. */
  body?: unknown;
  text?: string;
  stream?: AsyncIterable<string | Uint8Array>;
  /** Of a stream; JSON if it is not said. */
  contentType?: string;
  warnings?: string[];
}

export interface Services {
  store: Store;
  registry: Registry;
  lists: Lists;
  podLogs: PodLogs | undefined;
}

export async function handle(services: Services, request: ApiRequest): Promise<ApiResponse> {
  const { info } = request;
  if (!info.isResource) return nonResource(services, request);
  if (info.group === 'authorization.k8s.io' && info.resource === 'selfsubjectaccessreviews') return allowed();
  const resource = services.registry.find(info.group, info.version, info.resource);
  if (resource === undefined) {
    // A path of a group that is not served meets no handler at all.
    if (!services.registry.groups().get(info.group)?.includes(info.version)) return noSuchPath;
    throw pathNotFound();
  }
  if (info.subresource !== undefined && !subresourcesOf(resource).includes(info.subresource))
    throw pathNotFound();
  if (info.subresource === 'log') {
    return { code: 200, stream: await logs(services, request), contentType: 'text/plain' };
  }
  const namespace = resource.namespaced ? info.namespace : undefined;
  if (info.verb === 'list') return list(services, resource, namespace, request);
  if (info.verb === 'watch') return startWatch(services, resource, namespace, request);
  if (info.verb === 'deletecollection') return deleteCollection(services, resource, namespace, request);
  if (info.subresource === 'binding') return bindPod(services, resource, namespace, request);
  if (info.verb === 'create') return createObject(services, resource, namespace, request);
  if (info.name === undefined || (resource.namespaced && namespace === undefined)) throw methodNotAllowed();
  const target: Target = { resource, namespace, name: info.name, subresource: info.subresource };
  if (info.verb === 'get') return { code: 200, body: shown(resource, read(services.store, target), request) };
  if (info.verb === 'update' || info.verb === 'patch') return change(services, target, request);
  if (info.verb === 'delete' && info.subresource === undefined)
    return deleteObject(services, target, request);
  throw methodNotAllowed();
}

const noSuchPath: ApiResponse = { code: 404, text: '404 page not found\n' };

function subresourcesOf(resource: Resource): string[] {
  return [
    ...(resource.hasStatus ? ['status'] : []),
    ...(resource.kind === 'Pod' ? ['log', 'binding'] : []),
    ...(resource.kind === 'Namespace' ? ['finalize'] : []),
  ];
}

function nonResource({ registry }: Services, { info, address }: ApiRequest): ApiResponse {
  const [first, second, third, ...more] = info.path.split('/').filter(part => part !== '');
  const ok = (body: unknown): ApiResponse => ({ code: 200, body });
  if (info.verb !== 'get' && info.verb !== 'head') throw methodNotAllowed();
  if (first === 'version') return ok(version);
  if (['readyz', 'healthz', 'livez'].includes(first ?? '')) return { code: 200, text: 'ok' };
  if (first === 'api')
    return ok(second === undefined ? apiVersions(address) : resourceList(registry, '', second));
  if (first === 'apis' && second === undefined) return ok(groupList(registry));
  if (first === 'apis' && second !== undefined)
    return ok(third === undefined ? group(registry, second) : resourceList(registry, second, third));
  if (first === 'openapi' && second === 'v3') {
    if (third === undefined) return ok(openApiIndex(registry));
    const [groupName = '', versionName = ''] = third === 'api' ? ['', more[0]] : more;
    return ok(openApiDocument(registry, groupName, versionName));
  }
  if (first === undefined)
    return ok({ paths: ['/api', '/apis', '/healthz', '/openapi/v3', '/readyz', '/version'] });
  return noSuchPath;
}

/** There is no authorisation here: everyone may do everything, and is told so. */
function allowed(): ApiResponse {
  const review = {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: {},
  };
  return { code: 201, body: { ...review, status: { allowed: true } } };
}

/** The object in the form that the client asked for. */
function shown(resource: Resource, object: KubeObject, { accept, info }: ApiRequest): unknown {
  const form = negotiate(accept);
  const current = inVersion(resource, object);
  if (form === 'table')
    return table(resource, [current], { resourceVersion: object.metadata.resourceVersion }, includeOf(info));
  return form === 'partial' ? partialMetadata(current) : current;
}

function includeOf(info: RequestInfo): IncludeObject {
  const wanted = info.query.get('includeObject');
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
}

function list(
  { lists }: Services,
  resource: Resource,
  namespace: string | undefined,
  request: ApiRequest,
): ApiResponse {
  const { items, metadata } = lists.list(resource, namespace, request.info.query);
  const form = negotiate(request.accept);
  if (form === 'table') return { code: 200, body: table(resource, items, metadata, includeOf(request.info)) };
  if (form === 'partial')
    return {
      code: 200,
      body: {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: items.map(partialMetadata),
      },
    };
  return { code: 200, body: listOf(resource, metadata, items) };
}

function startWatch(
  { store }: Services,
  resource: Resource,
  namespace: string | undefined,
  request: ApiRequest,
): ApiResponse {
  const { info, accept, signal } = request;
  if (info.query.has('sendInitialEvents'))
    throw new ApiError(
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
    );
  // Selectors are parsed now, so that a bad one is an answer and not a broken stream.
  selector(resource, info.query);
  return {
    code: 200,
    stream: lines(watch(store, resource, namespace, info.query, signal), resource, accept, info),
  };
}

async function* lines(
  events: AsyncIterable<WatchEvent>,
  resource: Resource,
  accept: string,
  info: RequestInfo,
): AsyncGenerator<string> {
  const form = negotiate(accept);
  let first = true;
  for await (const { type, object } of events) {
    const plain = type === 'ERROR' || form === 'object';
    const current = object as KubeObject;
    const inTable = () => {
      const { resourceVersion } = current.metadata;
      return table(
        resource,
        type === 'BOOKMARK' ? [] : [current],
        { resourceVersion },
        includeOf(info),
        first,
      );
    };
    yield `${JSON.stringify({ type, object: plain ? object : form === 'table' ? inTable() : partialMetadata(current) })}\n`;
    first = false;
  }
}

function writeOptions({ info, userAgent, onBody }: ApiRequest, warnings: string[]): WriteOptions {
  const dryRun = info.query.get('dryRun');
  if (dryRun !== null && dryRun !== 'All' && dryRun !== '')
    throw new ApiError(
      422,
      'Invalid',
      `${info.verb} options is invalid: dryRun: Unsupported value: [${JSON.stringify(dryRun)}]: supported values: "All"`,
    );
  return {
    dryRun: dryRun === 'All',
    // Who names no manager is known by the first word of its user agent.
    manager: info.query.get('fieldManager') || userAgent.split('/')[0] || 'unknown',
    fieldValidation: info.query.get('fieldValidation') || 'Warn',
    warn: text => warnings.push(text),
    onBody,
  };
}

function decodeBody({ body, contentType }: ApiRequest): JsonObject {
  const type = contentType.split(';')[0]?.trim();
  if (type === 'application/vnd.kubernetes.protobuf') return fromProtobuf(body);
  if (type === 'application/yaml' || type === patchTypes.apply) return fromYaml(body.toString());
  if (type !== undefined && type !== '' && type !== 'application/json' && type !== '*/*')
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      {},
    );
  return parseObject(body.toString());
}

const MOST_ALIASES = 20; // as JSON each is a copy of what it names: at most some 1,500 times the text

function fromYaml(text: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(JSON.stringify(load(text, { maxAliases: MOST_ALIASES })));
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw badRequest('the body is not an object');
  return value;
}

function createObject(
  { store }: Services,
  resource: Resource,
  namespace: string | undefined,
  request: ApiRequest,
): ApiResponse {
  if (request.info.name !== undefined || (resource.namespaced && namespace === undefined))
    throw methodNotAllowed();
  const warnings: string[] = [];
  const body = decodeBody(request);
  const object = create(store, resource, namespace, body, writeOptions(request, warnings));
  return { code: 201, body: shown(resource, object, request), warnings };
}

function bindPod(
  { store }: Services,
  resource: Resource,
  namespace: string | undefined,
  request: ApiRequest,
): ApiResponse {
  const { name, verb } = request.info;
  if (verb !== 'create' || name === undefined) throw methodNotAllowed();
  const binding = decodeBody(request);
  request.onBody(structuredClone(binding));
  return { code: 201, body: bind(store, { resource, namespace, name, subresource: undefined }, binding) };
}

function change({ store }: Services, target: Target, request: ApiRequest): ApiResponse {
  const warnings: string[] = [];
  const options = writeOptions(request, warnings);
  const type = request.contentType.split(';')[0]?.trim() ?? '';
  const { resource } = target;
  if (request.info.verb === 'update') {
    const body = decodeBody(request);
    const { object } = update(store, target, body, options);
    return { code: 200, body: shown(resource, object, request), warnings };
  }
  if (type === patchTypes.apply) {
    if (!request.info.query.get('fieldManager'))
      throw new ApiError(
        422,
        'Invalid',
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        {
          group: 'meta.k8s.io',
          kind: 'PatchOptions',
          causes: [
            {
              reason: 'FieldValueRequired',
              message: 'Required value: is required for apply patch',
              field: 'fieldManager',
            },
          ],
        },
      );
    const config = decodeBody(request);
    request.onBody(structuredClone(config));
    const force = request.info.query.get('force') === 'true';
    const { object, created } = apply(store, target, config, force, options);
    return { code: created ? 201 : 200, body: shown(resource, object, request), warnings };
  }
  const text = request.body.toString();
  request.onBody(patchForAudit(text));
  const { object } = patch(store, target, type, text, options);
  return { code: 200, body: shown(resource, object, request), warnings };
}

function patchForAudit(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function deleteBody(request: ApiRequest): JsonObject {
  if (request.body.length === 0) return {};
  const body = decodeBody(request);
  request.onBody(body);
  return body;
}

function deleteObject({ store }: Services, target: Target, request: ApiRequest): ApiResponse {
  const answer = remove(store, target, deleteOptions(deleteBody(request), request.info.query));
  return {
    code: 200,
    body:
      'metadata' in answer && answer.kind !== 'Status'
        ? inVersion(target.resource, answer as KubeObject)
        : answer,
  };
}

function deleteCollection(
  { store }: Services,
  resource: Resource,
  namespace: string | undefined,
  request: ApiRequest,
): ApiResponse {
  if (resource.kind === 'Namespace' || (resource.namespaced && namespace === undefined))
    throw methodNotAllowed();
  const options = deleteOptions(deleteBody(request), request.info.query);
  const matches = selector(resource, request.info.query);
  const items = store.list(storageOf(resource), namespace).filter(matches);
  for (const { metadata } of items)
    remove(store, { resource, namespace, name: metadata.name, subresource: undefined }, options);
  const metadata = { resourceVersion: String(store.revision) };
  return { code: 200, body: listOf(resource, metadata, items) };
}

function listOf(resource: Resource, metadata: JsonObject, items: KubeObject[]): JsonObject {
  const apiVersion = apiVersionOf(resource);
  return { kind: resource.listKind, apiVersion, metadata, items: items.map(item => asItem(resource, item)) };
}

async function logs(services: Services, { info }: ApiRequest): Promise<AsyncIterable<string | Uint8Array>> {
  const { namespace = '', name = '', query } = info;
  const resource = services.registry.find('', 'v1', 'pods');
  if (resource === undefined) throw pathNotFound();
  if (info.verb !== 'get') throw methodNotAllowed();
  const pod = read(services.store, { resource, namespace, name, subresource: undefined });
  const containers = at(pod, 'spec', 'containers');
  const names = (Array.isArray(containers) ? containers : []).map(container => String(at(container, 'name')));
  const wanted = query.get('container') || names[0];
  if (!query.get('container') && names.length > 1)
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`,
    );
  if (wanted === undefined || !names.includes(wanted))
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  if (services.podLogs === undefined) throw notFound(resource, name);
  const tail = query.get('tailLines');
  return services.podLogs(namespace, name, wanted, {
    follow: query.get('follow') === 'true',
    ...(tail !== null && { tailLines: Number(tail) }),
  });
}
