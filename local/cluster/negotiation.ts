/** The form of an answer by the Accept header: the object itself, a Table, or its metadata only. */
import { ApiError } from './status.ts';

export type Form = 'object' | 'table' | 'partial';

/** The first form in the header that is served; 406 if there is none. Binary encodings are not served. */
export function negotiate(accept: string): Form {
  if (accept.trim() === '') return 'object';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim());
    if (!['application/json', '*/*', 'application/*'].includes(type)) continue;
    const as = parameters.find(parameter => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'object';
    if (as === 'Table') return 'table';
    if (as.startsWith('PartialObjectMetadata')) return 'partial';
  }
  throw new ApiError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io',
    {},
  );
}
