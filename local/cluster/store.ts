/**
 * Every object of the cluster: in memory, and in a journal that a killed process leaves whole. One revision counts all
 * writes, as etcd's does; the newest changes are kept so that a watch can go on where it stopped.
 */
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { KubeObject } from './objects.ts';

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Group and plural of the resource, as in `batch/jobs`. */
  resource: string;
  object: KubeObject;
  /** As it was before; undefined for a new object. */
  previous: KubeObject | undefined;
  revision: number;
}

/** One line of the journal: an object as written at a revision, or its removal. */
interface Entry {
  revision: number;
  resource: string;
  key: string;
  object?: KubeObject;
}

/** Changes kept for watches that resume. */
const historyLimit = 2000;
/** Lines after which the journal is written anew with only what exists. */
const compactAfter = 20_000;

export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export class Store {
  readonly #path: string;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();
  #history: Change[] = [];
  #revision = 1;
  #lines = 0;
  #file: number;

  /** Opens the journal at `path`, or begins one. A last line that was cut short by a crash is left out. */
  constructor(path: string) {
    this.#path = path;
    if (existsSync(path)) for (const line of readFileSync(path, 'utf8').split('\n')) this.#replay(line);
    this.#file = this.#compact();
  }

  get revision(): number {
    return this.#revision;
  }

  get(resource: string, key: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(key);
  }

  /** Objects of a resource in the order of their keys, of one namespace or of all. They must not be changed. */
  list(resource: string, namespace?: string): KubeObject[] {
    const objects = [...(this.#objects.get(resource) ?? [])];
    const within =
      namespace === undefined ? objects : objects.filter(([key]) => key.startsWith(`${namespace}/`));
    return within.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Writes the object under the next revision, which becomes its resourceVersion. Answers what is stored. */
  put(resource: string, object: KubeObject): KubeObject {
    const revision = ++this.#revision;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const key = keyOf(stored);
    const previous = this.get(resource, key);
    this.#append({ revision, resource, key, object: stored });
    this.#set(resource, key, stored);
    this.#publish({ type: previous ? 'MODIFIED' : 'ADDED', resource, object: stored, previous, revision });
    return stored;
  }

  /** Removes an object; watchers get `last`, its final state, under the revision of the removal. */
  remove(resource: string, last: KubeObject): KubeObject {
    const revision = ++this.#revision;
    const key = keyOf(last);
    const previous = this.get(resource, key);
    this.#append({ revision, resource, key });
    this.#objects.get(resource)?.delete(key);
    const object = { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } };
    this.#publish({ type: 'DELETED', resource, object, previous, revision });
    return object;
  }

  /** Changes after a revision, oldest first; undefined if some of them are no longer kept. */
  since(revision: number): Change[] | undefined {
    const oldest = this.#history[0]?.revision ?? this.#revision + 1;
    return revision < oldest - 1 ? undefined : this.#history.filter(change => change.revision > revision);
  }

  /** Calls `listener` with each change from now on; answers the way to stop. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    closeSync(this.#file);
  }

  #set(resource: string, key: string, object: KubeObject): void {
    let objects = this.#objects.get(resource);
    if (objects === undefined) {
      objects = new Map();
      this.#objects.set(resource, objects);
    }
    objects.set(key, object);
  }

  #publish(change: Change): void {
    this.#history.push(change);
    if (this.#history.length > historyLimit * 2) this.#history = this.#history.slice(-historyLimit);
    for (const listener of [...this.#listeners]) listener(change);
  }

  #append(entry: Entry): void {
    if (this.#lines >= compactAfter) {
      closeSync(this.#file);
      this.#file = this.#compact();
    }
    // A write survives the death of this process once the kernel has it; a power cut is no concern of this platform.
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
    this.#lines++;
  }

  #replay(line: string): void {
    let entry: Entry;
    try {
      entry = JSON.parse(line) as Entry;
    } catch {
      return;
    }
    this.#revision = Math.max(this.#revision, entry.revision);
    if (entry.object) this.#set(entry.resource, entry.key, entry.object);
    else this.#objects.get(entry.resource)?.delete(entry.key);
  }

  /** Rewrites the journal with what exists and answers the file to append to. The revision lives on in the first line. */
  #compact(): number {
    const lines = [JSON.stringify({ revision: this.#revision, resource: '', key: '' })];
    for (const [resource, objects] of this.#objects)
      for (const [key, object] of objects)
        lines.push(
          JSON.stringify({ revision: Number(object.metadata.resourceVersion), resource, key, object }),
        );
    writeFileSync(`${this.#path}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
    this.#lines = 0;
    return openSync(this.#path, 'a', 0o600);
  }
}
