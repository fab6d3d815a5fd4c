/** CustomResourceDefinitions: their own rules, and the resources they declare. */
import { ageColumn, nameColumn, printerColumn } from './columns.ts';
import { dnsSubdomain } from './names.ts';
import { at, child, children, isObject, type JsonObject, type KubeObject, timestamp } from './objects.ts';
import { setDefault } from './pods.ts';
import type { Resource, Strategy } from './resource.ts';
import { objectMetaSchema, type Schema } from './schema.ts';
import { type Cause, cause } from './status.ts';

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const customResourceStrategy: Strategy = {
  default(crd) {
    const spec = child(crd, 'spec');
    const names = child(spec, 'names');
    if (typeof names.kind === 'string') {
      setDefault(names, 'singular', names.kind.toLowerCase());
      setDefault(names, 'listKind', `${names.kind}List`);
    }
    setDefault(spec, 'conversion', { strategy: 'None' });
  },
  create(crd) {
    const now = timestamp();
    const stored = children(crd.spec, 'versions').filter(version => version.storage === true);
    crd.metadata.finalizers = [cleanupFinalizer];
    crd.status = {
      conditions: [
        {
          type: 'NamesAccepted',
          status: 'True',
          lastTransitionTime: now,
          reason: 'NoConflicts',
          message: 'no conflicts found',
        },
        {
          type: 'Established',
          status: 'True',
          lastTransitionTime: now,
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        },
      ],
      acceptedNames: at(crd, 'spec', 'names'),
      storedVersions: stored.map(version => version.name),
    };
  },
  validate(crd) {
    const causes = dnsSubdomain(crd.metadata.name, 'metadata.name');
    const wanted = `${at(crd, 'spec', 'names', 'plural')}.${at(crd, 'spec', 'group')}`;
    if (crd.metadata.name !== wanted)
      causes.push(
        cause.invalid('metadata.name', crd.metadata.name, 'must be spec.names.plural+"."+spec.group'),
      );
    const versions = children(crd.spec, 'versions');
    if (versions.filter(version => version.storage === true).length !== 1)
      causes.push(
        cause.invalid('spec.versions', '', 'must have exactly one version marked as storage version'),
      );
    for (const [index, version] of versions.entries())
      if (!isObject(at(version, 'schema', 'openAPIV3Schema')))
        causes.push(cause.required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
      else causes.push(...brokenPatterns(version.schema, `spec.versions[${index}].schema`));
    return causes;
  },
};

/** Patterns that are no regular expression. */
function brokenPatterns(node: unknown, path: string): Cause[] {
  if (!isObject(node)) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const here = `${path}.${key}`;
    if (key !== 'pattern' || typeof value !== 'string') return brokenPatterns(value, here);
    try {
      new RegExp(value, 'u');
      return [];
    } catch (error) {
      return [
        cause.invalid(
          here,
          value,
          `must be a valid regular expression, but isn't: ${(error as Error).message}`,
        ),
      ];
    }
  });
}

/** The resources that a definition declares, one for each version served, newest-looking first as they stand. */
export function declaredResources(crd: KubeObject): Resource[] {
  const spec = child(crd, 'spec');
  const names = child(spec, 'names');
  const text = (value: unknown) => String(value ?? '');
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return children(spec, 'versions')
    .filter(version => version.served === true)
    .map(version => {
      const declared = children(version, 'additionalPrinterColumns');
      return {
        group: text(spec.group),
        version: text(version.name),
        plural: text(names.plural),
        singular: text(names.singular),
        kind: text(names.kind),
        listKind: text(names.listKind),
        namespaced: spec.scope === 'Namespaced',
        shortNames: texts(names.shortNames),
        categories: texts(names.categories),
        schema: rootSchema(at(version, 'schema', 'openAPIV3Schema')),
        hasStatus: isObject(at(version, 'subresources', 'status')),
        builtin: false,
        columns: [nameColumn, ...(declared.length > 0 ? declared.map(printerColumn) : [ageColumn])],
        selectableFields: children(version, 'selectableFields').map(({ jsonPath }) =>
          text(jsonPath).replace(/^\./, ''),
        ),
        strategy: customObjectStrategy,
      };
    });
}

/** The declared schema with what every object has; metadata is checked by the server's own schema. */
function rootSchema(declared: unknown): Schema {
  const schema = (isObject(declared) ? declared : {}) as JsonObject & Schema;
  const text = { type: 'string' };
  return {
    ...schema,
    properties: { apiVersion: text, kind: text, ...schema.properties, metadata: objectMetaSchema },
  };
}

const customObjectStrategy: Strategy = {
  validate: object => dnsSubdomain(object.metadata.name, 'metadata.name'),
};
