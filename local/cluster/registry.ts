/** All resources that are served at this moment; the declared ones follow the CustomResourceDefinitions in the store. */
import { builtins } from './builtins.ts';
import { declaredResources } from './crds.ts';
import { type Resource, storageOf } from './resource.ts';
import type { Store } from './store.ts';

const crdStorage = 'apiextensions.k8s.io/customresourcedefinitions';

export class Registry {
  readonly #store: Store;
  #declared: Resource[] | undefined;

  constructor(store: Store) {
    this.#store = store;
    store.subscribe(change => {
      if (change.resource === crdStorage) this.#declared = undefined;
    });
  }

  all(): Resource[] {
    this.#declared ??= this.#store
      .list(crdStorage)
      .filter(crd => crd.metadata.deletionTimestamp === undefined)
      .flatMap(declaredResources);
    return [...builtins, ...this.#declared];
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.all().find(
      resource => resource.group === group && resource.version === version && resource.plural === plural,
    );
  }

  /** The resource of a kind, as ownerReferences name it; any version of its group will do. */
  ofKind(apiVersion: string, kind: string): Resource | undefined {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    return this.all().find(resource => resource.group === group && resource.kind === kind);
  }

  ofStorage(storage: string): Resource | undefined {
    return this.all().find(resource => storageOf(resource) === storage);
  }

  /** Group and version pairs that are served, in order of appearance; the core group is ''. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const { group, version } of this.all()) {
      const versions = groups.get(group) ?? [];
      if (!versions.includes(version)) groups.set(group, [...versions, version]);
    }
    return groups;
  }
}
