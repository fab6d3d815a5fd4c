/** The binding of a pod: how a scheduler gives it a node. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/binding-v1/ */
import { at, child, type JsonObject, type KubeObject, timestamp } from './objects.ts';
import { storageOf } from './resource.ts';
import { badRequest, conflict, type Status, success } from './status.ts';
import type { Store } from './store.ts';
import { read, type Target } from './writes.ts';

/** Gives the pod the node that `binding` names; a pod has one node, once. */
export function bind(store: Store, target: Target, binding: JsonObject): Status {
  const { resource, name } = target;
  const pod = read(store, target);
  const node = at(binding, 'target', 'name');
  if (typeof node !== 'string' || node === '') throw badRequest('target.name: Required value');
  const uid = at(binding, 'metadata', 'uid');
  if (uid !== undefined && uid !== pod.metadata.uid) {
    throw conflict(resource, name, `the UID in the binding (${uid}) does not match the UID of the pod`);
  }
  const assigned = at(pod, 'spec', 'nodeName');
  if (assigned) throw conflict(resource, name, `pod ${name} is already assigned to node "${assigned}"`);
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(resource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  store.put(storageOf(resource), bound(pod, node));
  return success({});
}

function bound(pod: KubeObject, node: string): KubeObject {
  const next = structuredClone(pod);
  child(next, 'spec').nodeName = node;
  const status = child(next, 'status');
  const others = (Array.isArray(status.conditions) ? status.conditions : []).filter(
    condition => at(condition, 'type') !== 'PodScheduled',
  );
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(),
  };
  status.conditions = [...others, scheduled];
  return next;
}
