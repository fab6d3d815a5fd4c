/** What the API serves: one definition for each resource, built in or declared by a CustomResourceDefinition. */
import type { Column } from './columns.ts';
import type { KubeObject } from './objects.ts';
import type { Schema } from './schema.ts';
import type { Cause } from './status.ts';
import type { Store } from './store.ts';

/** The rules of a kind beyond its schema. All of them may change `next`, which no one else holds. */
export interface Strategy {
  /** Sets defaults, on every write before validation. */
  default?(next: KubeObject): void;
  /** Sets what the server decides for a new object. */
  create?(next: KubeObject, store: Store): void;
  /** Keeps what an update may not take away. */
  update?(next: KubeObject, previous: KubeObject): void;
  /** Sets, on a new object that was found valid, what follows from the rest of it. */
  settle?(next: KubeObject): void;
  validate?(next: KubeObject): Cause[];
  validateUpdate?(next: KubeObject, previous: KubeObject): Cause[];
}

export interface Resource {
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  listKind: string;
  namespaced: boolean;
  shortNames: string[];
  categories: string[];
  schema: Schema;
  /** Status is written through its own subresource only. */
  hasStatus: boolean;
  builtin: boolean;
  columns: Column[];
  /** Fields beyond metadata.name and metadata.namespace that a field selector may use. */
  selectableFields: string[];
  strategy: Strategy;
}

export function apiVersionOf(resource: Resource): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}

/** The resource's name in the store; versions share their objects. */
export function storageOf(resource: Resource): string {
  return `${resource.group}/${resource.plural}`;
}
