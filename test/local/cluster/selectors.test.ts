import fc from 'fast-check';
import type { KubeObject } from '../../../local/cluster/objects.ts';
import { fieldSelector, labelSelector, selectedName } from '../../../local/cluster/selectors.ts';
import { ApiError } from '../../../local/cluster/status.ts';

function pod(labels: Record<string, string>, rest: object = {}): KubeObject {
  const metadata = {
    name: 'p',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
    labels,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, ...rest };
}

describe('labelSelector', () => {
  it.each([
    ['', {}, true],
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'db' }, false],
    ['app!=web', {}, true],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    ['app in (web,db)', { app: 'db' }, true],
    ['app in (web, db)', {}, false],
    ['app notin (web)', {}, true],
    ['app notin (web)', { app: 'web' }, false],
    ['a.io/b-c=x,app in (a),!z', { 'a.io/b-c': 'x', app: 'a' }, true],
    ['app=', { app: '' }, true],
  ])('%s on %j is %s', (text, labels, wanted) => {
    expect(labelSelector(text)(pod(labels))).toBe(wanted);
  });

  it.each(['app in web', 'app=a b', '=x', 'app in (a', '!!a'])('refuses %s', text => {
    expect(() => labelSelector(text)).toThrow(ApiError);
  });

  it('either parses or refuses, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        try {
          labelSelector(text)(pod({ a: 'b' }));
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('fieldSelector', () => {
  it('tests the fields that a resource offers', () => {
    const offered = ['spec.nodeName', 'status.phase'];
    const running = pod({}, { spec: { nodeName: 'n1' }, status: { phase: 'Running' } });
    expect(fieldSelector('spec.nodeName=n1,status.phase!=Failed', offered)(running)).toBe(true);
    expect(fieldSelector('metadata.namespace=other', offered)(running)).toBe(false);
    expect(fieldSelector('spec.nodeName=', offered)(pod({}))).toBe(true);
    expect(() => fieldSelector('spec.hostname=x', offered)).toThrow(
      'field label not supported: spec.hostname',
    );
  });

  it('knows the one name that it selects', () => {
    expect(selectedName('metadata.name=a,status.phase=Running')).toBe('a');
    expect(selectedName('metadata.name!=a')).toBeUndefined();
    expect(selectedName(null)).toBeUndefined();
  });
});
