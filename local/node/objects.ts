/** Times and references of API objects. The generated types say Date where JSON has RFC 3339 text. */
import type { V1ObjectReference, V1OwnerReference } from '@kubernetes/client-node';
import type { Resource } from '../../lib/kubernetes/client.ts';
import { NotFoundError } from '../../lib/kubernetes/errors.ts';

/** A time as metav1.Time has it on the wire: whole seconds, UTC. */
export function wireTime(milliseconds = Date.now()): Date {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z') as unknown as Date;
}

/** Milliseconds since the epoch of a time that was read. */
export function readTime(value: Date | undefined): number | undefined {
  return value === undefined ? undefined : new Date(value).getTime();
}

export const keyOf = ({ metadata }: Resource) => `${metadata?.namespace}/${metadata?.name}`;

/** An object as it is known to be read from the server. */
export function identity({ metadata }: Resource) {
  return { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
}

export function isOwnedBy(object: Resource, uid: string): boolean {
  return (object.metadata?.ownerReferences ?? []).some(
    owner => owner.controller === true && owner.uid === uid,
  );
}

export function controllerReference(owner: Resource): V1OwnerReference {
  const { name, uid } = identity(owner);
  return {
    apiVersion: owner.apiVersion ?? 'batch/v1',
    kind: owner.kind ?? 'Job',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function objectReference(object: Resource): V1ObjectReference {
  return {
    ...identity(object),
    ...(object.apiVersion && { apiVersion: object.apiVersion }),
    ...(object.kind && { kind: object.kind }),
  };
}

/** The answer, or nothing if the object is no longer there. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
