import { duration, jsonPath } from '../../../local/cluster/columns.ts';

describe('jsonPath', () => {
  const value = {
    spec: { size: 1, 'dotted.key': 'x', list: ['a', 'b'] },
    conditions: [
      { type: 'complete', status: 'False' },
      { type: 'error', status: 'True', reason: 'Invalid' },
    ],
  };
  it.each([
    ['.spec.size', [1]],
    ['spec.size', [1]],
    ['.spec.dotted\\.key', ['x']],
    [".spec['dotted.key']", ['x']],
    ['.spec.list[1]', ['b']],
    ['.spec.list[-1]', ['b']],
    ['.spec.list[*]', ['a', 'b']],
    ['.conditions[?(@.type=="error")].reason', ['Invalid']],
    [".conditions[?(@.type=='complete')].status", ['False']],
    ['.none.at.all', []],
    ['.spec[?(', []],
  ])('%s is %j', (path, wanted) => {
    expect(jsonPath(path)(value)).toEqual(wanted);
  });
});

describe('duration', () => {
  it.each([
    [500, '0s'],
    [119_000, '119s'],
    [150_000, '2m30s'],
    [600_000, '10m'],
    [3 * 3600_000, '3h'],
    [3 * 3600_000 + 60_000, '3h1m'],
    [30 * 3600_000, '30h'],
    [50 * 3600_000, '2d2h'],
    [30 * 24 * 3600_000, '30d'],
  ])('%d ms is %s', (milliseconds, wanted) => {
    expect(duration(milliseconds)).toBe(wanted);
  });
});
