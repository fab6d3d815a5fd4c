/** Label and field selectors of list, watch and deletecollection. */
import { at, type KubeObject } from './objects.ts';
import { badRequest } from './status.ts';

export type Predicate = (object: KubeObject) => boolean;

const requirement =
  /^\s*(?:(?<absent>!)\s*(?<absentKey>[^\s!=,()]+)|(?<setKey>[^\s!=,()]+)\s+(?<set>in|notin)\s*\((?<values>[^()]*)\)|(?<key>[^\s!=,()]+)\s*(?:(?<operator>==?|!=)\s*(?<value>[^\s=!,()]*))?)\s*(?:,|$)/;

/** A label selector, equality or set based. Throws 400 for what does not parse. */
export function labelSelector(text: string): Predicate {
  const tests: ((labels: Record<string, string>) => boolean)[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    const match = requirement.exec(rest);
    if (match?.groups === undefined) throw badRequest(`unable to parse requirement: found '${rest.trim()}'`);
    tests.push(labelTest(match.groups));
    rest = rest.slice(match[0].length);
  }
  return object => tests.every(test => test(object.metadata.labels ?? {}));
}

function labelTest(groups: Record<string, string | undefined>): (labels: Record<string, string>) => boolean {
  const { absentKey, setKey, set, values, key = '', operator, value = '' } = groups;
  if (absentKey !== undefined) return labels => labels[absentKey] === undefined;
  if (setKey !== undefined) {
    const allowed = new Set((values ?? '').split(',').map(item => item.trim()));
    if (set === 'in') return labels => labels[setKey] !== undefined && allowed.has(labels[setKey]);
    return labels => labels[setKey] === undefined || !allowed.has(labels[setKey]);
  }
  if (operator === undefined) return labels => labels[key] !== undefined;
  return operator === '!=' ? labels => labels[key] !== value : labels => labels[key] === value;
}

/** `metadata.labels` in the form that a selector object (matchLabels, matchExpressions) is written in a query. */
const metadataFields = ['metadata.name', 'metadata.namespace'];

/** A field selector over the fields that the resource offers. Throws 400 for any other field. */
export function fieldSelector(text: string, offered: readonly string[]): Predicate {
  const tests: Predicate[] = [];
  for (const term of text.split(',').filter(part => part.trim() !== '')) {
    const match = /^\s*([^=!\s]+)\s*(==?|!=)\s*(.*?)\s*$/.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, value] = match;
    if (!metadataFields.includes(field) && !offered.includes(field))
      throw badRequest(`field label not supported: ${field}`);
    tests.push(object => (String(at(object, ...field.split('.')) ?? '') === value) === (operator !== '!='));
  }
  return object => tests.every(test => test(object));
}

/** The name that a field selector fixes, which then stands in the audit event as if it were in the path. */
export function selectedName(text: string | null): string | undefined {
  return /(?:^|,)metadata\.name==?([^,!]+)/.exec(text ?? '')?.[1];
}
