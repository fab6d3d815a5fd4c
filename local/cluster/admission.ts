/** The rules that any object must keep before it is stored, new or changed. */
import { labels, qualifiedName } from './names.ts';
import { type KubeObject, same } from './objects.ts';
import type { Resource } from './resource.ts';
import { validate } from './schema.ts';
import { type Cause, cause, invalid } from './status.ts';

/** Throws 422 with every rule that the object breaks. */
export function admit(resource: Resource, next: KubeObject, previous: KubeObject | undefined): void {
  const causes = [
    ...metadataCauses(next),
    ...schemaCauses(resource, next),
    ...(resource.strategy.validate?.(next) ?? []),
    ...(previous ? updateCauses(resource, next, previous) : []),
  ];
  if (causes.length === 0) return;
  const distinct = new Map(causes.map(found => [`${found.field} ${found.message}`, found]));
  throw invalid(resource, next.metadata.name, [...distinct.values()]);
}

function metadataCauses({ metadata }: KubeObject): Cause[] {
  const causes = [
    ...labels(metadata.labels ?? {}, 'metadata.labels'),
    ...Object.keys(metadata.annotations ?? {}).flatMap(key =>
      qualifiedName(key.toLowerCase(), 'metadata.annotations'),
    ),
  ];
  for (const finalizer of metadata.finalizers ?? [])
    causes.push(...qualifiedName(finalizer, 'metadata.finalizers'));
  for (const reference of metadata.ownerReferences ?? [])
    for (const key of ['apiVersion', 'kind', 'name', 'uid'] as const)
      if (!reference[key])
        causes.push(
          cause.invalid(`metadata.ownerReferences.${key}`, reference[key] ?? '', `${key} must not be empty`),
        );
  if ((metadata.ownerReferences ?? []).filter(reference => reference.controller).length > 1)
    causes.push(
      cause.invalid('metadata.ownerReferences', '', 'Only one reference can have Controller set to true'),
    );
  return causes;
}

/** A built-in kind's schema also describes what the server fills in: of its rules those about the spec are kept. */
function schemaCauses(resource: Resource, next: KubeObject): Cause[] {
  const { metadata: _metadata, ...body } = next;
  const schema = resource.schema;
  if (!resource.builtin)
    return validate(
      body,
      { ...schema, ...(schema.required && { required: schema.required.filter(key => key !== 'metadata') }) },
      '',
    );
  return validate(body, schema, '').filter(
    found => found.field.startsWith('spec.') && found.reason === 'FieldValueRequired',
  );
}

function updateCauses(resource: Resource, next: KubeObject, previous: KubeObject): Cause[] {
  const causes = resource.strategy.validateUpdate?.(next, previous) ?? [];
  const immutable = (key: 'uid' | 'name' | 'namespace' | 'deletionTimestamp') => {
    if (next.metadata[key] !== previous.metadata[key])
      causes.push(cause.invalid(`metadata.${key}`, next.metadata[key] ?? null, 'field is immutable'));
  };
  immutable('uid');
  immutable('deletionTimestamp');
  const before = new Set(previous.metadata.finalizers);
  const added = (next.metadata.finalizers ?? []).filter(finalizer => !before.has(finalizer));
  if (previous.metadata.deletionTimestamp !== undefined && added.length > 0)
    causes.push(
      cause.forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map(finalizer => JSON.stringify(finalizer)).join(', ')}}`,
      ),
    );
  return causes;
}

/** Whether an update changes what the object is meant to be: all but metadata, and but status where that stands apart. */
export function changesIntent(resource: Resource, next: KubeObject, previous: KubeObject): boolean {
  const intent = ({ metadata: _metadata, status, ...rest }: KubeObject) =>
    resource.hasStatus ? rest : { ...rest, status };
  return !same(intent(next), intent(previous));
}

/** Kinds whose generation counts changes of the spec; the others have none. */
export function hasGeneration(resource: Resource): boolean {
  return (
    !resource.builtin ||
    ['Job', 'Deployment', 'ReplicaSet', 'CustomResourceDefinition', 'EndpointSlice'].includes(resource.kind)
  );
}
