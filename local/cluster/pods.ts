/** Pods and pod templates: defaults and rules that the API server has for them, as far as users meet them. */

import { dnsLabel, dnsSubdomain } from './names.ts';
import { at, child, children, isObject, type JsonObject, type KubeObject } from './objects.ts';
import type { Strategy } from './resource.ts';
import { type Cause, cause } from './status.ts';

/** Sets `value` where nothing is set. */
export function setDefault(target: JsonObject, key: string, value: unknown): void {
  if (target[key] === undefined) target[key] = value;
}

/** Defaults of a PodSpec. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
export function defaultPodSpec(spec: JsonObject): void {
  for (const container of [...children(spec, 'initContainers'), ...children(spec, 'containers')])
    defaultContainer(container);
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  if (spec.serviceAccountName !== undefined) setDefault(spec, 'serviceAccount', spec.serviceAccountName);
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  for (const volume of children(spec, 'volumes')) defaultVolume(volume);
}

function defaultContainer(container: JsonObject): void {
  const tag = /:([^/:@]+)(?:@|$)/.exec(String(container.image ?? ''))?.[1];
  const latest = tag === 'latest' || (tag === undefined && !String(container.image).includes('@'));
  setDefault(container, 'resources', {});
  const resources = child(container, 'resources');
  // A limit without a request is also the request.
  if (isObject(resources.limits))
    resources.requests = { ...resources.limits, ...child(resources, 'requests') };
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'imagePullPolicy', latest ? 'Always' : 'IfNotPresent');
  for (const port of children(container, 'ports')) setDefault(port, 'protocol', 'TCP');
  for (const variable of children(container, 'env')) {
    const fieldRef = at(variable, 'valueFrom', 'fieldRef');
    if (isObject(fieldRef)) setDefault(fieldRef, 'apiVersion', 'v1');
  }
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    if (isObject(container[probe])) defaultProbe(container[probe]);
}

function defaultProbe(probe: JsonObject): void {
  if (isObject(probe.httpGet)) {
    setDefault(probe.httpGet, 'path', '/');
    setDefault(probe.httpGet, 'scheme', 'HTTP');
  }
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
}

function defaultVolume(volume: JsonObject): void {
  for (const kind of ['secret', 'configMap', 'downwardAPI', 'projected'])
    if (isObject(volume[kind])) setDefault(volume[kind], 'defaultMode', 0o644);
  if (isObject(volume.hostPath)) setDefault(volume.hostPath, 'type', '');
  if (Object.keys(volume).length === 1) volume.emptyDir = {};
}

/** What is wrong with a PodSpec at `path`. */
export function validatePodSpec(spec: JsonObject, path: string, restartPolicies: string[]): Cause[] {
  const causes: Cause[] = [];
  const volumes = new Set(children(spec, 'volumes').map(volume => volume.name));
  if (children(spec, 'containers').length === 0) causes.push(cause.required(`${path}.containers`));
  for (const list of ['initContainers', 'containers']) {
    const names = new Set<unknown>();
    for (const [index, container] of children(spec, list).entries()) {
      const here = `${path}.${list}[${index}]`;
      if (names.has(container.name)) causes.push(cause.duplicate(`${here}.name`, container.name));
      names.add(container.name);
      causes.push(...validateContainer(container, here, volumes));
    }
  }
  if (!restartPolicies.includes(String(spec.restartPolicy)))
    causes.push(cause.notSupported(`${path}.restartPolicy`, spec.restartPolicy, restartPolicies));
  return causes;
}

function validateContainer(container: JsonObject, path: string, volumes: Set<unknown>): Cause[] {
  const causes: Cause[] = [];
  if (!container.name) causes.push(cause.required(`${path}.name`));
  else causes.push(...dnsLabel(String(container.name), `${path}.name`));
  if (!container.image) causes.push(cause.required(`${path}.image`));
  for (const [index, mount] of children(container, 'volumeMounts').entries()) {
    const here = `${path}.volumeMounts[${index}]`;
    if (!volumes.has(mount.name))
      causes.push({
        reason: 'FieldValueNotFound',
        message: `Not found: ${JSON.stringify(mount.name)}`,
        field: `${here}.name`,
      });
    if (!mount.mountPath) causes.push(cause.required(`${here}.mountPath`));
  }
  for (const [index, variable] of children(container, 'env').entries())
    if (!variable.name) causes.push(cause.required(`${path}.env[${index}].name`));
  return causes;
}

const anyRestart = ['Always', 'OnFailure', 'Never'];

export const podStrategy: Strategy = {
  default(pod) {
    const spec = child(pod, 'spec');
    setDefault(spec, 'enableServiceLinks', true);
    defaultPodSpec(spec);
    for (const condition of children(pod.status, 'conditions'))
      for (const key of ['lastProbeTime', 'lastTransitionTime']) setDefault(condition, key, null);
  },
  create(pod) {
    const spec = child(pod, 'spec');
    // What the ServiceAccount, Priority and DefaultTolerationSeconds admission plug-ins set.
    setDefault(spec, 'serviceAccountName', 'default');
    setDefault(spec, 'serviceAccount', spec.serviceAccountName);
    setDefault(spec, 'priority', 0);
    setDefault(spec, 'preemptionPolicy', 'PreemptLowerPriority');
    const tolerations = children(spec, 'tolerations');
    for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'])
      if (!tolerations.some(toleration => toleration.key === key))
        tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
    spec.tolerations = tolerations;
    pod.status = { phase: 'Pending', qosClass: qosClass(spec) };
  },
  validate(pod) {
    return [
      ...dnsSubdomain(pod.metadata.name, 'metadata.name'),
      ...validatePodSpec(child(pod, 'spec'), 'spec', anyRestart),
    ];
  },
  validateUpdate(pod, previous) {
    const fixed = (object: KubeObject) => JSON.stringify(withoutMutable(child(object, 'spec')));
    if (fixed(pod) === fixed(previous)) return [];
    return [
      cause.forbidden(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing tolerations)',
      ),
    ];
  },
};

/** The fields of a running pod that may not change, in a fixed order. */
function withoutMutable(spec: JsonObject): unknown {
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...rest } = spec;
  const images = (list: string) => children(spec, list).map(({ image: _image, ...container }) => container);
  return sorted({ ...rest, containers: images('containers'), initContainers: images('initContainers') });
}

/** The value with the properties of each object in order, so that equal values print alike. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  );
}

function qosClass(spec: JsonObject): string {
  const resources = children(spec, 'containers').map(container => child(container, 'resources'));
  if (resources.every(({ limits, requests }) => !limits && !requests)) return 'BestEffort';
  const guaranteed = resources.every(
    ({ limits, requests }) =>
      isObject(limits) &&
      limits.cpu &&
      limits.memory &&
      JSON.stringify(sorted(limits)) === JSON.stringify(sorted(requests)),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
