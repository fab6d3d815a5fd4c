import fc from 'fast-check';
import { resolveHostPath } from '../../../lib/capture/hostpath.ts';

const BASE = '/var/log/retina/captures';

test.each([
  ['retina', `${BASE}/retina`],
  ['job1/out', `${BASE}/job1/out`],
  ['job/', `${BASE}/job`],
  ['job//./out', `${BASE}/job/out`],
  ['/captures', `${BASE}/captures`],
  ['/mnt/retina/captures', `${BASE}/mnt/retina/captures`],
  ['..a/b..', `${BASE}/..a/b..`],
])('%j is %s', (hostPath, resolved) => {
  expect(resolveHostPath(hostPath, BASE)).toBe(resolved);
});

test.each([
  ['captures', '/captures'],
  ['a/b', '/a/b'],
])('%j below the root is %s', (hostPath, resolved) => {
  expect(resolveHostPath(hostPath, '/')).toBe(resolved);
});

test.each([
  ['', /hostPath is empty/],
  ['.', /hostPath is empty/],
  ['/', /hostPath is empty/],
  ['./', /hostPath is empty/],
  ['../etc', /must not contain '..'/],
  ['foo/../bar', /must not contain '..'/],
  ['foo\\..\\bar', /must not contain '..'/],
  ['/var/log/../etc', /must not contain '..'/],
  ['\\tmp\\retina', /Windows path/],
  ['C:\\evil', /Windows path/],
  ['c:/evil', /Windows path/],
  ['a\0b', /NUL/],
])('refuses %j', (hostPath, message) => {
  expect(() => resolveHostPath(hostPath, BASE)).toThrow(message);
});

test('refuses a base that is not absolute', () => {
  expect(() => resolveHostPath('x', 'captures')).toThrow('invalid hostPath base directory');
});

test('never leaves the base, whatever it is given', () => {
  const segment = fc.oneof(fc.constantFrom('..', '.', '', '\\', '~', '$HOME', 'a', 'a b', '…'), fc.string());
  fc.assert(
    fc.property(
      fc.array(segment).map(parts => parts.join('/')),
      hostPath => {
        let resolved: string;
        try {
          resolved = resolveHostPath(hostPath, BASE);
        } catch {
          return;
        }
        expect(resolved.startsWith(`${BASE}/`)).toBe(true);
        expect(resolved.split('/')).not.toContain('..');
      },
    ),
    { numRuns: 1000 },
  );
});
