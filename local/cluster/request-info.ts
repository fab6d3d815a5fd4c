/** What a request asks for, read from its method and path as the API server does. */

import { selectedName } from './selectors.ts';
import { badRequest } from './status.ts';

export interface RequestInfo {
  isResource: boolean;
  verb: string;
  path: string;
  query: URLSearchParams;
  group: string;
  version: string;
  namespace: string | undefined;
  resource: string;
  name: string | undefined;
  subresource: string | undefined;
}

const verbs: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** As the name says; throws 400 for an address that is none. Forms: /api/v1/… and /apis/GROUP/VERSION/… with [namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE]]. */
export function requestInfo(method: string, url: string): RequestInfo {
  const { path, query, parts } = address(url);
  const core = parts[0] === 'api' && parts.length >= 3;
  const named = parts[0] === 'apis' && parts.length >= 4;
  if (!core && !named) return { ...empty, isResource: false, verb: method.toLowerCase(), path, query };
  const [group = '', version = ''] = core ? ['', parts[1]] : parts.slice(1, 3);
  let rest = parts.slice(core ? 2 : 3);
  let namespace: string | undefined;
  if (rest[0] === 'namespaces' && rest.length >= 2) {
    namespace = rest[1];
    // /namespaces/NS and its own subresources are about the namespace itself.
    if (rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '')) rest = rest.slice(2);
  }
  const [resource = '', name, subresource] = rest;
  const watching = ['true', '1'].includes(query.get('watch') ?? '');
  const fixed =
    name ?? (method === 'GET' || method === 'DELETE' ? selectedName(query.get('fieldSelector')) : undefined);
  const read = watching ? 'watch' : name === undefined ? 'list' : 'get';
  const write =
    method === 'DELETE' && name === undefined ? 'deletecollection' : (verbs[method] ?? method.toLowerCase());
  const verb = method === 'GET' || method === 'HEAD' ? read : write;
  return {
    isResource: true,
    verb,
    path,
    query,
    group,
    version,
    namespace,
    resource,
    name: fixed,
    subresource,
  };
}

function address(url: string): { path: string; query: URLSearchParams; parts: string[] } {
  try {
    const { pathname: path, searchParams } = new URL(`http://cluster${url}`);
    const parts = path.split('/').filter(part => part !== '');
    return { path, query: searchParams, parts: parts.map(decodeURIComponent) };
  } catch {
    throw badRequest('the address of the request cannot be read');
  }
}

const empty = {
  group: '',
  version: '',
  namespace: undefined,
  resource: '',
  name: undefined,
  subresource: undefined,
};
