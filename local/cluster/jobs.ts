/** Jobs: the defaults, the selector and labels that the server generates, and what may not change. */

import { dnsSubdomain, labelValue } from './names.ts';
import { at, child, isObject, type KubeObject } from './objects.ts';
import { defaultPodSpec, setDefault, sorted, validatePodSpec } from './pods.ts';
import type { Strategy } from './resource.ts';
import { cause } from './status.ts';

function template(job: KubeObject) {
  return child(child(job, 'spec'), 'template');
}

export const jobStrategy: Strategy = {
  default(job) {
    const spec = child(job, 'spec');
    // Without either number a Job runs one pod; with parallelism alone it is a work queue.
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    setDefault(spec, 'parallelism', 1);
    setDefault(spec, 'backoffLimit', 6);
    setDefault(child(template(job), 'metadata'), 'creationTimestamp', null);
    const podSpec = child(template(job), 'spec');
    defaultPodSpec(podSpec);
  },
  create(job) {
    delete job.status;
    job.status = {};
    const spec = child(job, 'spec');
    if (spec.manualSelector === true) return;
    const labels = child(child(template(job), 'metadata'), 'labels');
    labels['controller-uid'] = job.metadata.uid;
    labels['job-name'] = job.metadata.name;
    child(child(spec, 'selector'), 'matchLabels')['controller-uid'] = job.metadata.uid;
  },
  settle(job) {
    // A Job without labels takes those of its pods.
    const labels = at(template(job), 'metadata', 'labels');
    if (isObject(labels)) job.metadata.labels ??= { ...labels } as Record<string, string>;
  },
  update(job, previous) {
    const spec = child(job, 'spec');
    setDefault(spec, 'selector', at(previous, 'spec', 'selector'));
  },
  validate(job) {
    const spec = child(job, 'spec');
    const causes = dnsSubdomain(job.metadata.name, 'metadata.name');
    for (const key of [
      'parallelism',
      'completions',
      'backoffLimit',
      'activeDeadlineSeconds',
      'ttlSecondsAfterFinished',
    ])
      if (typeof spec[key] === 'number' && spec[key] < 0)
        causes.push(cause.invalid(`spec.${key}`, spec[key], 'must be greater than or equal to 0'));
    const labels = at(template(job), 'metadata', 'labels');
    for (const value of Object.values(isObject(labels) ? labels : {}))
      causes.push(...labelValue(String(value), 'spec.template.labels'));
    causes.push(
      ...validatePodSpec(child(template(job), 'spec'), 'spec.template.spec', ['OnFailure', 'Never']),
    );
    return causes;
  },
  validateUpdate(job, previous) {
    return ['completions', 'selector', 'template']
      .filter(
        key =>
          JSON.stringify(sorted(at(job, 'spec', key))) !== JSON.stringify(sorted(at(previous, 'spec', key))),
      )
      .map(key => cause.invalid(`spec.${key}`, at(job, 'spec', key), 'field is immutable'));
  },
};
