/** The list itself: each verb, patch, conflict, selector and rule that the product or its users meet. */
import { at, type Request, type Step } from './scenario.ts';

const merge = 'application/merge-patch+json';
const jsonPatch = 'application/json-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const applyPatch = 'application/apply-patch+yaml';

const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const jobs = '/apis/batch/v1/namespaces/default/jobs';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const shelves = '/apis/example.com/v1/namespaces/default/shelves';
const gadgets = '/apis/example.com/v1/gadgets';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const get = (path: string): Request => ({ method: 'GET', path });
const post = (path: string, body: unknown): Request => ({ method: 'POST', path, body });
const put = (path: string, body: unknown): Request => ({ method: 'PUT', path, body });
const patch = (path: string, type: string, body: unknown): Request => ({ method: 'PATCH', path, type, body });
const del = (path: string, body?: unknown): Request => ({
  method: 'DELETE',
  path,
  ...(body !== undefined && { body }),
});

const map = (name: string, data: Record<string, string> = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
const widget = (name: string, spec: object = { size: 1 }, metadata: object = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, ...metadata },
  spec,
});
const shelf = (name: string, spec: object) => ({
  apiVersion: 'example.com/v1',
  kind: 'Shelf',
  metadata: { name },
  spec,
});
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'main', image: 'busybox' }], ...spec },
});
const job = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, ...metadata },
  spec: {
    parallelism: 0,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.36' }] } },
    ...spec,
  },
});

/** The definition that the other steps are about; it is applied before the controllers start, so that they know it. */
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          {
            name: 'Ready',
            type: 'string',
            jsonPath: '.status.conditions[?(@.type=="Ready")].status',
            priority: 1,
          },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', minimum: 1, maximum: 100 },
                  color: { type: 'string', enum: ['red', 'green'], default: 'red' },
                  code: { type: 'string', pattern: '^[a-z]+$', maxLength: 5, minLength: 2 },
                  port: { 'x-kubernetes-int-or-string': true },
                  flag: { type: 'boolean', default: false },
                  note: { type: 'string', nullable: true },
                  when: { type: 'string', format: 'date-time' },
                  inner: { type: 'object', properties: { depth: { type: 'integer', default: 3 } } },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  labels: { type: 'object', additionalProperties: { type: 'string' } },
                  tags: { type: 'array', maxItems: 3, items: { type: 'string' } },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name', 'count'],
                      properties: {
                        name: { type: 'string' },
                        count: { type: 'integer' },
                        extra: { type: 'string' },
                      },
                    },
                  },
                },
              },
              status: {
                type: 'object',
                properties: {
                  ready: { type: 'integer' },
                  conditions: {
                    type: 'array',
                    items: {
                      type: 'object',
                      required: ['type', 'status'],
                      properties: { type: { type: 'string' }, status: { type: 'string' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

/** List items that server-side apply merges by key. Kept apart: the 1.20 server applies to a kind with an integer-or-string without its schema. */
export const shelfDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'shelves.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Shelf', plural: 'shelves' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name', 'count'],
                      properties: {
                        name: { type: 'string' },
                        count: { type: 'integer' },
                        extra: { type: 'string' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

const gadgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Cluster',
    names: { kind: 'Gadget', plural: 'gadgets' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const since120 = {
  generation: 'Jobs have a generation since 1.22',
  namespaceLabel: 'namespaces carry their name as a label since 1.21',
  managers: 'entries of subresources are told apart since 1.22',
};
const jobGeneration = { path: 'metadata/generation', ours: 1, real: undefined, why: since120.generation };
const namespaceLabel = (name: string) => ({
  path: 'metadata/labels',
  ours: { 'kubernetes.io/metadata.name': name },
  real: undefined,
  why: since120.namespaceLabel,
});

export const steps: Step[] = [
  // Discovery, and what is not there
  { name: 'the core group', request: get('/api'), onlyCode: 'the address of the server stands in it' },
  { name: 'health', request: get('/healthz') },
  { name: 'an unknown path', request: get('/nowhere'), onlyCode: 'the real one lists its paths' },
  { name: 'an unknown group', request: get('/apis/nowhere.io/v1/things') },
  { name: 'an unknown resource', request: get('/api/v1/things') },
  { name: 'an unknown subresource', request: get(`${maps}/x/nothing`) },
  {
    name: 'the widget definition as it is kept',
    request: get(`${crds}/widgets.example.com`),
    onlyCode: 'a round trip fills in more names',
  },

  // Create and read
  { name: 'create', request: post(maps, map('one', { a: '1' })) },
  { name: 'create twice', request: post(maps, map('one')) },
  { name: 'get', request: get(`${maps}/one`) },
  { name: 'get what is not there', request: get(`${maps}/none`) },
  { name: 'get in a namespace that is not there', request: get('/api/v1/namespaces/none/configmaps/x') },
  {
    name: 'create with generateName',
    request: post(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'generated-' } }),
  },
  {
    name: 'create without a name',
    request: post(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
  },
  { name: 'create with a bad name', request: post(maps, map('Bad_Name')) },
  { name: 'create with a bad label', request: post(maps, map('x', {}, { labels: { app: 'no spaces' } })) },
  { name: 'create with a bad label key', request: post(maps, map('x', {}, { labels: { '-a': 'b' } })) },
  { name: 'create with a bad data key', request: post(maps, map('x', { 'a/b': '' })) },
  { name: 'create with a name too long', request: post(maps, map('x'.repeat(254))) },
  { name: 'create with a resourceVersion', request: post(maps, map('x', {}, { resourceVersion: '5' })) },
  { name: 'create for another namespace', request: post(maps, map('x', {}, { namespace: 'other' })) },
  {
    name: 'create in a namespace that is not there',
    request: post('/api/v1/namespaces/none/configmaps', map('x')),
  },
  {
    name: 'create of another kind',
    request: post(maps, { ...map('x'), kind: 'Secret' }),
    onlyCode: 'conversion errors name Go types',
  },
  { name: 'create without a kind', request: post(maps, { metadata: { name: 'kindless' } }) },
  { name: 'create as Go writes it', request: post(maps, map('go', {}, { creationTimestamp: null })) },
  {
    name: 'labels of the wrong type',
    request: post(maps, map('x', {}, { labels: { a: 1 } })),
    onlyCode: 'decoders word it differently',
  },
  {
    name: 'labels of the wrong type on a custom object',
    request: post(widgets, widget('x', { size: 1 }, { labels: { a: 1 } })),
    onlyCode: 'decoders word it differently',
  },
  {
    name: 'create of what is no JSON',
    request: post(maps, '{"metadata":'),
    onlyCode: 'parsers word it differently',
  },
  {
    name: 'create with a value of the wrong type',
    request: post(maps, { ...map('x'), data: { a: 5 } }),
    onlyCode: 'decoders word it differently',
  },
  {
    name: 'create of an unknown media type',
    request: { method: 'POST', path: maps, body: 'x', type: 'text/plain' },
    onlyCode: 'the list of media types differs',
  },
  {
    name: 'create from YAML',
    request: {
      method: 'POST',
      path: maps,
      type: 'application/yaml',
      body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {k: v}\n',
    },
  },
  { name: 'create as a dry run', request: post(`${maps}?dryRun=All`, map('dry')) },
  { name: 'a dry run leaves nothing', request: get(`${maps}/dry`) },
  {
    name: 'an unknown dry run',
    request: post(`${maps}?dryRun=Some`, map('dry')),
    onlyCode: 'the name of the options type differs between releases',
  },
  {
    name: 'a secret from text',
    request: post('/api/v1/namespaces/default/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { key: 'value' },
    }),
  },
  {
    name: 'a namespace',
    request: post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }),
    differs: [namespaceLabel('shop')],
  },
  {
    name: 'a service',
    request: post('/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    }),
    differs: [
      { path: 'spec/clusterIPs', ours: '<list>', real: '<list>', why: 'addresses are chosen freely' },
    ],
  },
  {
    name: 'a service without ports',
    request: post('/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'portless' },
      spec: {},
    }),
  },
  {
    name: 'a node',
    request: post('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node1', labels: { 'kubernetes.io/os': 'linux' } },
    }),
    onlyCode: 'the real one taints a node until a controller finds it ready',
  },
  {
    name: 'a claim',
    request: post('/api/v1/namespaces/default/persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }),
    differs: [
      {
        path: 'metadata/finalizers',
        ours: undefined,
        real: ['kubernetes.io/pvc-protection'],
        why: 'no controller here would take the finalizer away',
      },
    ],
  },
  {
    name: 'a claim without modes',
    request: post('/api/v1/namespaces/default/persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'd' },
      spec: {},
    }),
  },
  {
    name: 'an event',
    request: post('/api/v1/namespaces/default/events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e.1' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
      reason: 'Started',
      type: 'Normal',
      message: 'm',
      count: 1,
    }),
  },

  // Lists, selectors, pages
  { name: 'objects to select', request: post(maps, map('sel-a', {}, { labels: { app: 'a', tier: 'x' } })) },
  { name: 'more objects to select', request: post(maps, map('sel-b', {}, { labels: { app: 'b' } })) },
  {
    name: 'still more objects to select',
    request: post(maps, map('sel-c', {}, { labels: { app: 'c', tier: 'y' } })),
  },
  { name: 'list by equality', request: get(`${maps}?labelSelector=app%3Da`) },
  { name: 'list by inequality', request: get(`${maps}?labelSelector=app,app!%3Da`) },
  { name: 'list by a set', request: get(`${maps}?labelSelector=app%20in%20(a,%20c)`) },
  { name: 'list by the complement of a set', request: get(`${maps}?labelSelector=app,app%20notin%20(a,c)`) },
  { name: 'list by presence', request: get(`${maps}?labelSelector=tier`) },
  { name: 'list by absence', request: get(`${maps}?labelSelector=app,!tier`) },
  { name: 'list by two requirements', request: get(`${maps}?labelSelector=app%20in%20(a,b),tier%3Dx`) },
  {
    name: 'list by a broken selector',
    request: get(`${maps}?labelSelector=app%20in%20a`),
    onlyCode: 'parsers word it differently',
  },
  { name: 'list by name', request: get(`${maps}?fieldSelector=metadata.name%3Dsel-b`) },
  {
    name: 'list by another field',
    request: get(`${maps}?fieldSelector=data.a%3D1`),
    onlyCode: 'the real one wraps its words',
  },
  {
    name: 'list events of an object',
    request: get(
      '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dp,involvedObject.kind%3DPod',
    ),
  },
  { name: 'list in a namespace that is not there', request: get('/api/v1/namespaces/none/configmaps') },
  { name: 'a first page', request: get(`${maps}?limit=2`), onlyCode: 'other objects live beside these' },
  { name: 'a page by labels', request: get(`${maps}?limit=2&labelSelector=app`) },
  {
    name: 'the next page',
    request: earlier =>
      get(
        `${maps}?limit=2&labelSelector=app&continue=${encodeURIComponent(String(at(earlier('a page by labels').body, 'metadata/continue')))}`,
      ),
  },
  {
    name: 'a broken continue token',
    request: get(`${maps}?limit=2&continue=xxxx`),
    onlyCode: 'tokens are opaque',
  },
  {
    name: 'an answer of a form that is not served',
    request: { method: 'GET', path: `${maps}/one`, headers: { accept: 'text/html' } },
    audit: 'the real one notes no reason',
    onlyCode: 'the list of media types differs',
  },
  {
    name: 'metadata only',
    request: {
      method: 'GET',
      path: `${maps}/one`,
      headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
    },
  },

  // Update
  { name: 'update', request: put(`${maps}/one`, map('one', { a: '2' })) },
  {
    name: 'update with the current version',
    request: earlier =>
      put(
        `${maps}/one`,
        map('one', { a: '3' }, { resourceVersion: at(earlier('update').body, 'metadata/resourceVersion') }),
      ),
  },
  {
    name: 'update with a stale version',
    request: earlier =>
      put(
        `${maps}/one`,
        map('one', { a: '4' }, { resourceVersion: at(earlier('update').body, 'metadata/resourceVersion') }),
      ),
  },
  {
    name: 'update with another uid',
    request: put(`${maps}/one`, map('one', {}, { uid: '11111111-1111-1111-1111-111111111111' })),
  },
  { name: 'update of what is not there', request: put(`${maps}/none`, map('none')) },
  { name: 'update under another name', request: put(`${maps}/one`, map('two')) },
  { name: 'an immutable map', request: post(maps, { ...map('fixed', { a: '1' }), immutable: true }) },
  { name: 'update of an immutable map', request: patch(`${maps}/fixed`, merge, { data: { a: '2' } }) },

  // Patches
  {
    name: 'merge patch',
    request: patch(`${maps}/one`, merge, { data: { b: '1', a: null }, metadata: { labels: { l: 'x' } } }),
  },
  {
    name: 'merge patch with a stale version',
    request: patch(`${maps}/one`, merge, { metadata: { resourceVersion: '1' }, data: { b: '2' } }),
  },
  { name: 'merge patch that changes nothing', request: patch(`${maps}/one`, merge, { data: { b: '1' } }) },
  {
    name: 'merge patch with another uid',
    request: patch(`${maps}/one`, merge, { metadata: { uid: '11111111-1111-1111-1111-111111111111' } }),
  },
  { name: 'merge patch of what is not there', request: patch(`${maps}/none`, merge, { data: {} }) },
  {
    name: 'merge patch that is no JSON',
    request: patch(`${maps}/one`, merge, '{'),
    onlyCode: 'parsers word it differently',
    codes: { ours: 400, real: 500 },
  },
  {
    name: 'JSON patch',
    request: patch(`${maps}/one`, jsonPatch, [
      { op: 'test', path: '/data/b', value: '1' },
      { op: 'add', path: '/data/c', value: 'x' },
      { op: 'remove', path: '/data/b' },
    ]),
  },
  {
    name: 'JSON patch whose test fails',
    request: patch(`${maps}/one`, jsonPatch, [{ op: 'test', path: '/data/c', value: 'other' }]),
    onlyCode: 'the message names the library that found it',
  },
  {
    name: 'JSON patch of a missing path',
    request: patch(`${maps}/one`, jsonPatch, [{ op: 'remove', path: '/data/none' }]),
    onlyCode: 'the message names the library that found it',
  },
  { name: 'strategic merge patch', request: patch(`${maps}/one`, strategic, { data: { d: 'y' } }) },
  {
    name: 'strategic merge patch of a custom object',
    request: patch(`${widgets}/none`, strategic, {}),
    onlyCode: 'which of two errors is found first differs',
  },
  {
    name: 'patch of an unknown type',
    request: patch(`${maps}/one`, 'text/plain', '{}'),
    onlyCode: 'the list of media types differs',
  },

  // Server-side apply
  {
    name: 'apply makes',
    request: patch(`${maps}/applied?fieldManager=one`, applyPatch, map('applied', { a: '1', b: '1' })),
  },
  {
    name: 'apply again',
    request: patch(`${maps}/applied?fieldManager=one`, applyPatch, map('applied', { a: '1', b: '1' })),
  },
  {
    name: 'apply with less takes away',
    request: patch(`${maps}/applied?fieldManager=one`, applyPatch, map('applied', { a: '1' })),
  },
  {
    name: 'apply in conflict',
    request: patch(`${maps}/applied?fieldManager=two`, applyPatch, map('applied', { a: '2' })),
  },
  {
    name: 'apply by force',
    request: patch(`${maps}/applied?fieldManager=two&force=true`, applyPatch, map('applied', { a: '2' })),
  },
  {
    name: 'apply the same by a third',
    request: patch(`${maps}/applied?fieldManager=three`, applyPatch, map('applied', { a: '2' })),
  },
  {
    name: 'apply against an update',
    request: patch(`${maps}/one?fieldManager=two`, applyPatch, map('one', { d: 'z' })),
  },
  {
    name: 'apply without a manager',
    request: patch(`${maps}/applied`, applyPatch, map('applied')),
    onlyCode: 'the details differ between releases',
  },
  {
    name: 'apply with managedFields',
    request: patch(
      `${maps}/applied?fieldManager=one`,
      applyPatch,
      map('applied', {}, { managedFields: [{ manager: 'x' }] }),
    ),
    onlyCode: 'the words differ between releases',
  },
  {
    name: 'apply with a uid where nothing is',
    request: patch(
      `${maps}/gone?fieldManager=one`,
      applyPatch,
      map('gone', {}, { uid: '11111111-1111-1111-1111-111111111111' }),
    ),
  },

  // Custom resources: defaults, pruning, rules
  { name: 'a custom object takes defaults', request: post(widgets, widget('w', { size: 5, inner: {} })) },
  {
    name: 'unknown fields are pruned',
    request: post(
      widgets,
      widget('pruned', { size: 5, unknown: 1, inner: { other: 2 }, free: { kept: [1] } }),
    ),
  },
  {
    name: 'null takes the default',
    request: post(widgets, widget('nulls', { size: 5, color: null, note: null })),
  },
  {
    name: 'status is not set on create',
    request: post(widgets, { ...widget('statusless'), status: { ready: 1 } }),
  },
  { name: 'a missing field', request: post(widgets, widget('x', {})) },
  {
    name: 'a missing spec',
    request: post(widgets, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'x' } }),
  },
  { name: 'a number too small', request: post(widgets, widget('x', { size: 0 })) },
  { name: 'a number too large', request: post(widgets, widget('x', { size: 101 })) },
  { name: 'a wrong type', request: post(widgets, widget('x', { size: 'large' })) },
  {
    name: 'a value that is not in the list',
    request: post(widgets, widget('x', { size: 1, color: 'blue' })),
  },
  { name: 'a text that does not match', request: post(widgets, widget('x', { size: 1, code: 'A1' })) },
  { name: 'a text too long', request: post(widgets, widget('x', { size: 1, code: 'abcdef' })) },
  { name: 'a text too short', request: post(widgets, widget('x', { size: 1, code: 'a' })) },
  { name: 'too many items', request: post(widgets, widget('x', { size: 1, tags: ['a', 'b', 'c', 'd'] })) },
  {
    name: 'an item of the wrong type',
    request: post(widgets, widget('x', { size: 1, tags: [1] })),
    onlyCode: 'later releases name the index of the item, and so does this one',
  },
  { name: 'a time that is none', request: post(widgets, widget('x', { size: 1, when: 'noon' })) },
  { name: 'neither integer nor string', request: post(widgets, widget('x', { size: 1, port: true })) },
  {
    name: 'two items of one key',
    request: post(
      widgets,
      widget('x', {
        size: 1,
        parts: [
          { name: 'a', count: 1 },
          { name: 'a', count: 2 },
        ],
      }),
    ),
    onlyCode: 'the key is printed as Go prints a map',
  },
  {
    name: 'several faults at once',
    request: post(widgets, widget('x', { size: 0, color: 'blue', flag: 'yes' })),
    onlyCode: 'the real one finds them in the order of a Go map',
  },
  { name: 'a custom object of a bad name', request: post(widgets, widget('Bad')) },
  {
    name: 'a custom object without a kind',
    request: post(widgets, { metadata: { name: 'x' }, spec: { size: 1 } }),
    onlyCode: 'the whole body stands in the message',
  },
  {
    name: 'a custom object of an unknown version',
    request: post(widgets, { ...widget('x'), apiVersion: 'example.com/v2' }),
  },
  { name: 'update without a version', request: put(`${widgets}/w`, widget('w', { size: 6 })) },
  { name: 'a change of the spec counts', request: patch(`${widgets}/w`, merge, { spec: { size: 7 } }) },
  {
    name: 'a change of labels does not count',
    request: patch(`${widgets}/w`, merge, { metadata: { labels: { a: 'b' } } }),
  },
  {
    name: 'a merge patch that breaks a rule',
    request: patch(`${widgets}/w`, merge, { spec: { size: 1000 } }),
  },
  {
    name: 'a table',
    request: {
      method: 'GET',
      path: `${widgets}/w`,
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    },
  },

  // Status
  {
    name: 'status through the main resource is ignored',
    request: patch(`${widgets}/w`, merge, { status: { ready: 9 } }),
  },
  {
    name: 'status by merge patch',
    request: patch(`${widgets}/w/status`, merge, { status: { ready: 1 }, spec: { size: 50 } }),
  },
  {
    name: 'status with a stale uid',
    request: patch(`${widgets}/w/status`, merge, {
      metadata: { uid: '11111111-1111-1111-1111-111111111111' },
      status: { ready: 2 },
    }),
  },
  {
    name: 'status with a stale version',
    request: patch(`${widgets}/w/status`, merge, {
      metadata: { resourceVersion: '1' },
      status: { ready: 3 },
    }),
  },
  {
    name: 'status that breaks a rule',
    request: patch(`${widgets}/w/status`, merge, { status: { ready: 'soon' } }),
  },
  {
    name: 'status by update',
    request: earlier =>
      put(`${widgets}/w/status`, {
        ...widget(
          'w',
          { size: 8 },
          { resourceVersion: at(earlier('status with a stale uid').body, 'metadata/resourceVersion') },
        ),
        status: { ready: 4, conditions: [{ type: 'Ready', status: 'True' }] },
      }),
  },
  {
    name: 'status by update without a version',
    request: put(`${widgets}/w/status`, { ...widget('w'), status: { ready: 5 } }),
  },
  {
    name: 'status by update with a stale uid',
    request: put(`${widgets}/w/status`, {
      ...widget('w', { size: 8 }, { uid: '11111111-1111-1111-1111-111111111111' }),
      status: { ready: 5 },
    }),
  },
  { name: 'status of what is not there', request: patch(`${widgets}/none/status`, merge, { status: {} }) },
  {
    name: 'status by apply of what is not there',
    request: patch(`${widgets}/none/status?fieldManager=x`, applyPatch, { ...widget('none'), status: {} }),
  },
  {
    name: 'status by apply',
    request: patch(`${widgets}/w/status?fieldManager=ctl&force=true`, applyPatch, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      status: { ready: 6 },
    }),
  },
  {
    name: 'an update, fields and all, of what has a status',
    request: earlier => put(`${widgets}/w?fieldValidation=Strict`, earlier('status by apply').body),
  },
  {
    name: 'status by apply with a stale uid',
    request: patch(`${widgets}/w/status?fieldManager=ctl&force=true`, applyPatch, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', uid: '11111111-1111-1111-1111-111111111111' },
      status: { ready: 7 },
    }),
  },
  {
    name: 'status by apply with a stale version',
    request: patch(`${widgets}/w/status?fieldManager=ctl&force=true`, applyPatch, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', resourceVersion: '1' },
      status: { ready: 7 },
    }),
  },
  {
    name: 'merge patch of a custom object with a stale uid',
    request: patch(`${widgets}/w`, merge, { metadata: { uid: '11111111-1111-1111-1111-111111111111' } }),
  },
  {
    name: 'apply of list items by key',
    request: patch(
      `${shelves}/s?fieldManager=a`,
      applyPatch,
      shelf('s', {
        tags: ['x'],
        parts: [
          { name: 'x', count: 1 },
          { name: 'y', count: 2 },
        ],
      }),
    ),
  },
  {
    name: 'apply of another item by another manager',
    request: patch(
      `${shelves}/s?fieldManager=b`,
      applyPatch,
      shelf('s', { tags: ['y'], parts: [{ name: 'z', count: 3 }] }),
    ),
  },
  {
    name: 'apply of an item that another holds',
    request: patch(
      `${shelves}/s?fieldManager=b`,
      applyPatch,
      shelf('s', {
        tags: ['y'],
        parts: [
          { name: 'z', count: 3 },
          { name: 'x', count: 2 },
        ],
      }),
    ),
  },
  {
    name: 'apply without items takes away its own',
    request: patch(`${shelves}/s?fieldManager=a`, applyPatch, shelf('s', {})),
    differs: [
      {
        path: 'metadata/managedFields',
        ours: ['a Apply example.com/v1', 'b Apply example.com/v1'],
        real: ['b Apply example.com/v1'],
        why: 'an empty object is a field that is held, since structured-merge-diff 4.1',
      },
    ],
  },
  {
    name: 'apply of an item that will be touched',
    request: patch(
      `${shelves}/stub?fieldManager=a`,
      applyPatch,
      shelf('stub', { parts: [{ name: 'x', count: 1 }] }),
    ),
  },
  {
    name: 'the item is touched by another',
    request: patch(`${shelves}/stub?fieldManager=b`, jsonPatch, [
      { op: 'add', path: '/spec/parts/0/extra', value: 'e' },
    ]),
  },
  {
    name: 'apply without the touched item leaves a stub, which is refused',
    request: patch(`${shelves}/stub?fieldManager=a`, applyPatch, shelf('stub', { tags: ['t'] })),
    onlyCode: 'here the stub lacks its required fields, in 1.20 the list is null',
  },

  // Pods
  { name: 'a pod takes defaults', request: post(pods, pod('p')) },
  { name: 'a pod without containers', request: post(pods, pod('x', { containers: [] })) },
  { name: 'a pod without an image', request: post(pods, pod('x', { containers: [{ name: 'a' }] })) },
  {
    name: 'a pod with a volume that is not there',
    request: post(
      pods,
      pod('x', { containers: [{ name: 'a', image: 'b', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
    ),
  },
  {
    name: 'a pod with two containers of one name',
    request: post(
      pods,
      pod('x', {
        containers: [
          { name: 'a', image: 'b' },
          { name: 'a', image: 'b' },
        ],
      }),
    ),
  },
  {
    name: 'a pod with an unknown restart policy',
    request: post(pods, pod('x', { restartPolicy: 'Sometimes' })),
  },
  {
    name: 'a pod keeps its spec',
    request: patch(`${pods}/p`, strategic, { spec: { terminationGracePeriodSeconds: 5 } }),
    onlyCode: 'the message prints the difference',
  },
  {
    name: 'a pod takes another image',
    request: patch(`${pods}/p`, strategic, { spec: { containers: [{ name: 'main', image: 'busybox:2' }] } }),
  },
  {
    name: 'a pod status by strategic merge',
    request: patch(`${pods}/p/status`, strategic, {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    }),
  },
  {
    name: 'a pod status merges conditions by type',
    request: patch(`${pods}/p/status`, strategic, {
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'Initialized', status: 'True' },
        ],
      },
    }),
  },
  { name: 'list pods by phase', request: get(`${pods}?fieldSelector=status.phase%3DRunning`) },
  {
    name: 'a pod with a node',
    request: post(pods, pod('bound', { nodeName: 'node1', terminationGracePeriodSeconds: 20 })),
  },
  { name: 'list pods by node', request: get(`/api/v1/pods?fieldSelector=spec.nodeName%3Dnode1`) },
  { name: 'delete of a bound pod waits for its kubelet', request: del(`${pods}/bound`) },
  { name: 'the bound pod is still there', request: get(`${pods}/bound`) },
  { name: 'delete with no grace ends it', request: del(`${pods}/bound?gracePeriodSeconds=0`) },
  { name: 'the bound pod is gone', request: get(`${pods}/bound`) },
  { name: 'delete of a pod without a node is at once', request: del(`${pods}/p`) },
  { name: 'the log of a pod that is not there', request: get(`${pods}/none/log`) },

  // Jobs
  {
    name: 'a job takes defaults, labels and a selector',
    request: post(jobs, job('j')),
    differs: [jobGeneration],
  },
  { name: 'create the job again', request: post(jobs, job('j')) },
  { name: 'a job of 64 letters', request: post(jobs, job('j'.repeat(64))) },
  { name: 'a job of 63 letters', request: post(jobs, job('j'.repeat(63))), differs: [jobGeneration] },
  {
    name: 'a job that always restarts',
    request: post(
      jobs,
      job('x', { template: { spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'b' }] } } }),
    ),
    onlyCode: 'an unsupported value since 1.21, a required one before',
  },
  {
    name: 'a job without a template',
    request: post(jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' }, spec: {} }),
    onlyCode: 'an unsupported value since 1.21, a required one before',
  },
  { name: 'a job with negative parallelism', request: post(jobs, job('x', { parallelism: -1 })) },
  {
    name: 'a job keeps its template',
    request: patch(`${jobs}/j`, merge, {
      spec: { template: { spec: { containers: [{ name: 'main', image: 'other' }] } } },
    }),
    onlyCode: 'the message prints the template as Go does',
  },
  { name: 'a job keeps its completions', request: patch(`${jobs}/j`, merge, { spec: { completions: 7 } }) },
  {
    name: 'a job takes a deadline',
    request: patch(`${jobs}/j`, merge, { spec: { activeDeadlineSeconds: 60 } }),
    differs: [{ ...jobGeneration, ours: 2 }],
  },
  {
    name: 'a job status',
    request: patch(`${jobs}/j/status`, merge, { status: { succeeded: 1 } }),
    differs: [{ ...jobGeneration, ours: 2 }],
  },

  // Deletion
  {
    name: 'delete with another uid',
    request: del(`${maps}/sel-a`, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      preconditions: { uid: '11111111-1111-1111-1111-111111111111' },
    }),
  },
  {
    name: 'delete with another version',
    request: del(`${maps}/sel-a`, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      preconditions: { resourceVersion: '1' },
    }),
  },
  { name: 'delete as a dry run', request: del(`${maps}/sel-a?dryRun=All`) },
  { name: 'a dry run deletes nothing', request: get(`${maps}/sel-a`) },
  { name: 'delete', request: del(`${maps}/sel-a`) },
  { name: 'delete again', request: del(`${maps}/sel-a`) },
  {
    name: 'delete with an unknown policy',
    request: del(`${maps}/sel-b`, { propagationPolicy: 'Sideways' }),
    onlyCode: 'the details differ between releases',
  },
  { name: 'delete a collection', request: del(`${maps}?labelSelector=app`), differs: [] },
  { name: 'the collection is gone', request: get(`${maps}?labelSelector=app`) },
  {
    name: 'an object with a finalizer',
    request: post(widgets, widget('held', { size: 1 }, { finalizers: ['example.com/hold'] })),
  },
  { name: 'delete of a held object', request: del(`${widgets}/held`) },
  { name: 'delete of a held object again', request: del(`${widgets}/held`) },
  {
    name: 'no finalizer is added to what is being deleted',
    request: patch(`${widgets}/held`, merge, {
      metadata: { finalizers: ['example.com/hold', 'example.com/more'] },
    }),
  },
  { name: 'create in the place of a held object', request: post(widgets, widget('held')) },
  {
    name: 'the last finalizer',
    request: patch(`${widgets}/held`, merge, { metadata: { finalizers: null } }),
  },
  { name: 'the held object is gone', request: get(`${widgets}/held`) },
  {
    name: 'a finalizer without a domain',
    request: post(widgets, widget('x', { size: 1 }, { finalizers: ['hold'] })),
    onlyCode: 'a warning or an error, by release',
  },

  // Watch
  { name: 'before the watch', request: post(maps, map('watched-0', {}, { labels: { w: '1' } })) },
  { name: 'seen by the watch: made', request: post(maps, map('watched', {}, { labels: { w: '1' } })) },
  { name: 'seen by the watch: changed', request: patch(`${maps}/watched`, merge, { data: { a: 'b' } }) },
  {
    name: 'seen by the watch: out of sight',
    request: patch(`${maps}/watched`, merge, { metadata: { labels: { w: null } } }),
  },
  {
    name: 'seen by the watch: back in sight',
    request: patch(`${maps}/watched`, merge, { metadata: { labels: { w: '1' } } }),
  },
  { name: 'seen by the watch: deleted', request: del(`${maps}/watched`) },
  {
    name: 'watch from a version',
    request: earlier =>
      get(
        `${maps}?watch=1&timeoutSeconds=1&labelSelector=w%3D1&resourceVersion=${at(earlier('before the watch').body, 'metadata/resourceVersion')}`,
      ),
  },
  {
    name: 'watch from now begins with what there is',
    request: get(`${maps}?watch=true&timeoutSeconds=1&labelSelector=w%3D1`),
  },
  {
    name: 'watch one by name',
    request: get(`${maps}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dwatched-0`),
  },
  {
    name: 'watch by a broken selector',
    request: get(`${maps}?watch=true&labelSelector=a%20in%20b`),
    onlyCode: 'parsers word it differently',
  },
];

/** What needs the controllers of a cluster beside its API server. */
export const controlledSteps: Step[] = [
  // Owners
  { name: 'an owner', request: post(maps, map('owner')) },
  {
    name: 'a dependent',
    request: earlier =>
      post(
        maps,
        map('dependent', {}, owned('v1', 'ConfigMap', 'owner', at(earlier('an owner').body, 'metadata/uid'))),
      ),
  },
  { name: 'delete of the owner', request: del(`${maps}/owner`) },
  {
    name: 'the dependent goes with it',
    request: get(`${maps}/dependent`),
    until: answer => answer.code === 404,
  },
  {
    name: 'an object whose owner never was',
    request: post(
      maps,
      map('stray', {}, owned('v1', 'ConfigMap', 'nobody', '11111111-1111-1111-1111-111111111111')),
    ),
  },
  { name: 'the stray is collected', request: get(`${maps}/stray`), until: answer => answer.code === 404 },
  { name: 'a custom owner', request: post(widgets, widget('parent')) },
  {
    name: 'a job of a custom owner',
    request: earlier =>
      post(
        jobs,
        job(
          'owned',
          {},
          owned('example.com/v1', 'Widget', 'parent', at(earlier('a custom owner').body, 'metadata/uid')),
        ),
      ),
    differs: [jobGeneration],
  },
  { name: 'delete of the custom owner', request: del(`${widgets}/parent`) },
  { name: 'its job goes with it', request: get(`${jobs}/owned`), until: answer => answer.code === 404 },
  { name: 'a job and its pod', request: post(jobs, job('orphaning')), differs: [jobGeneration] },
  {
    name: 'the pod of the job',
    request: earlier =>
      post(
        pods,
        pod(
          'left',
          {},
          owned('batch/v1', 'Job', 'orphaning', at(earlier('a job and its pod').body, 'metadata/uid')),
        ),
      ),
  },
  {
    name: 'delete of a job without a policy',
    request: del(`${jobs}/orphaning`),
    differs: [{ ...jobGeneration, ours: 2 }],
    onlyCode: 'the managed fields and generation differ between releases',
  },
  { name: 'the job is gone', request: get(`${jobs}/orphaning`), until: answer => answer.code === 404 },
  { name: 'its pod is left behind', request: get(`${pods}/left`) },
  { name: 'a foreground owner', request: post(maps, map('front')) },
  {
    name: 'a dependent that blocks',
    request: earlier =>
      post(
        maps,
        map(
          'blocking',
          {},
          {
            ...owned(
              'v1',
              'ConfigMap',
              'front',
              at(earlier('a foreground owner').body, 'metadata/uid'),
              true,
            ),
            finalizers: ['example.com/hold'],
          },
        ),
      ),
  },
  { name: 'foreground deletion', request: del(`${maps}/front`, { propagationPolicy: 'Foreground' }) },
  {
    name: 'the dependent is being deleted',
    request: get(`${maps}/blocking`),
    until: answer => at(answer.body, 'metadata/deletionTimestamp') !== undefined,
    onlyCode: 'finalizers of the collector depend on its timing',
  },
  { name: 'the owner waits', request: get(`${maps}/front`) },
  {
    name: 'the dependent lets go',
    request: patch(`${maps}/blocking`, jsonPatch, [
      { op: 'replace', path: '/metadata/finalizers', value: [] },
    ]),
    onlyCode: 'finalizers of the collector depend on its timing',
  },
  { name: 'then the owner goes', request: get(`${maps}/front`), until: answer => answer.code === 404 },
  {
    name: 'an owner reference without a uid',
    request: post(maps, map('x', {}, owned('v1', 'ConfigMap', 'owner', ''))),
  },

  // Definitions and namespaces
  {
    name: 'a definition without its schema',
    request: post(crds, {
      ...gadgetDefinition,
      spec: { ...gadgetDefinition.spec, versions: [{ name: 'v1', served: true, storage: true }] },
    }),
    onlyCode: 'the words differ between releases',
  },
  {
    name: 'a definition of a wrong name',
    request: post(crds, { ...gadgetDefinition, metadata: { name: 'other.example.com' } }),
  },
  {
    name: 'a definition',
    request: post(crds, gadgetDefinition),
    onlyCode: 'its conditions come later on the real one',
  },
  {
    name: 'the definition is established',
    request: get(`${crds}/gadgets.example.com`),
    until: answer =>
      JSON.stringify(answer.body).includes('"Established","status":"True"') ||
      JSON.stringify(answer.body).includes('Established'),
    onlyCode: 'its conditions come later on the real one',
  },
  {
    name: 'an object of the new kind',
    request: post(gadgets, {
      apiVersion: 'example.com/v1',
      kind: 'Gadget',
      metadata: { name: 'g' },
      anything: { goes: true },
    }),
    until: answer => answer.code !== 404,
  },
  {
    name: 'delete of the definition',
    request: del(`${crds}/gadgets.example.com`),
    onlyCode: 'conditions of the finalizer',
  },
  {
    name: 'its objects go with it',
    request: get(`${gadgets}/g`),
    until: answer => answer.code === 404,
    codes: { ours: 404, real: 404 },
  },
  { name: 'an object in the namespace', request: post('/api/v1/namespaces/shop/configmaps', map('stock')) },
  {
    name: 'delete of the namespace',
    request: del('/api/v1/namespaces/shop'),
    differs: [namespaceLabel('shop')],
  },
  {
    name: 'the namespace is gone',
    request: get('/api/v1/namespaces/shop'),
    until: answer => answer.code === 404,
  },
  { name: 'and what was in it', request: get('/api/v1/namespaces/shop/configmaps/stock') },
];

function owned(apiVersion: string, kind: string, name: string, uid: unknown, blockOwnerDeletion?: boolean) {
  return {
    ownerReferences: [{ apiVersion, kind, name, uid, ...(blockOwnerDeletion && { blockOwnerDeletion }) }],
  };
}
