import type { V1Node, V1NodeSelectorRequirement, V1Pod } from '@kubernetes/client-node';
import { fits } from '../../../local/node/scheduler.ts';

const node: V1Node = {
  metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1', disks: '4', zone: 'a' } },
};
const required = (...terms: object[]) =>
  ({
    spec: {
      containers: [],
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
      },
    },
  }) as V1Pod;
const expression = (key: string, operator: string, ...values: string[]): V1NodeSelectorRequirement => ({
  key,
  operator,
  values,
});

describe('fits', () => {
  it('lets a pod that asks for nothing run anywhere', () => {
    expect(fits({ spec: { containers: [] } }, node)).toBe(true);
  });

  it.each([
    [{ zone: 'a' }, true],
    [{ zone: 'a', disks: '5' }, false],
    [{ absent: '' }, false],
  ])('compares the node selector %j', (nodeSelector, expected) => {
    expect(fits({ spec: { containers: [], nodeSelector } } as V1Pod, node)).toBe(expected);
  });

  it.each([
    [expression('kubernetes.io/hostname', 'In', 'node-2', 'node-1'), true],
    [expression('kubernetes.io/hostname', 'In', 'node-2'), false],
    [expression('absent', 'In', ''), false],
    [expression('zone', 'NotIn', 'b'), true],
    [expression('zone', 'NotIn', 'a'), false],
    [expression('absent', 'NotIn', 'a'), true],
    [expression('zone', 'Exists'), true],
    [expression('absent', 'Exists'), false],
    [expression('absent', 'DoesNotExist'), true],
    [expression('disks', 'Gt', '3'), true],
    [expression('disks', 'Gt', '4'), false],
    [expression('disks', 'Lt', '10'), true],
    [expression('zone', 'Maybe'), false],
  ])('compares the requirement %j', (requirement, expected) => {
    expect(fits(required({ matchExpressions: [requirement] }), node)).toBe(expected);
  });

  it('needs one term, and of that every requirement', () => {
    const right = expression('zone', 'Exists');
    const wrong = expression('zone', 'DoesNotExist');
    expect(fits(required({ matchExpressions: [wrong] }, { matchExpressions: [right] }), node)).toBe(true);
    expect(fits(required({ matchExpressions: [right, wrong] }), node)).toBe(false);
    expect(fits(required({ matchFields: [expression('metadata.name', 'In', 'node-1')] }), node)).toBe(true);
    expect(fits(required({}), node)).toBe(false);
  });
});
