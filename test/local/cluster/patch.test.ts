import fc from 'fast-check';
import { builtins } from '../../../local/cluster/builtins.ts';
import { mergePatch, strategicMerge } from '../../../local/cluster/patch.ts';

const pod = builtins.find(resource => resource.kind === 'Pod')!.schema;
const containers = (...list: object[]) => ({ spec: { containers: list } });

describe('strategicMerge', () => {
  it('merges containers by name and keeps the others', () => {
    const before = containers(
      { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: '1' },
    );
    const after = strategicMerge(before, containers({ name: 'a', env: [{ name: 'Y', value: '2' }] }), pod);
    expect(after).toEqual(
      containers(
        {
          name: 'a',
          image: '1',
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
        },
        { name: 'b', image: '1' },
      ),
    );
  });

  it('follows the directives that kubectl sends', () => {
    const before = containers({ name: 'a' }, { name: 'b' }, { name: 'c' });
    expect(strategicMerge(before, containers({ name: 'b', $patch: 'delete' }), pod)).toEqual(
      containers({ name: 'a' }, { name: 'c' }),
    );
    expect(strategicMerge(before, containers({ $patch: 'replace' }, { name: 'z' }), pod)).toEqual(
      containers({ name: 'z' }),
    );
    const order = {
      spec: {
        '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }],
        containers: [{ name: 'c', image: 'x' }],
      },
    };
    expect(strategicMerge(before, order, pod)).toEqual(
      containers({ name: 'c', image: 'x' }, { name: 'a' }, { name: 'b' }),
    );
    const finalizers = { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'], finalizers: ['y'] } };
    expect(strategicMerge({ metadata: { finalizers: ['x'] } }, finalizers, pod)).toEqual({
      metadata: { finalizers: ['y'] },
    });
    expect(strategicMerge({ spec: { a: 1, b: 2 } }, { spec: { $retainKeys: ['b'] } }, pod)).toEqual({
      spec: { b: 2 },
    });
    expect(strategicMerge({ spec: { a: 1 } }, { spec: { $patch: 'replace', b: 2 } }, pod)).toEqual({
      spec: { b: 2 },
    });
  });

  it('replaces a list that has no merge key', () => {
    const before = containers({ name: 'a', command: ['x', 'y'] });
    expect(strategicMerge(before, containers({ name: 'a', command: ['z'] }), pod)).toEqual(
      containers({ name: 'a', command: ['z'] }),
    );
  });

  it('changes nothing when an object is merged with itself', () => {
    const value = fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.oneof(fc.nat(), fc.string(), fc.array(fc.nat())),
    );
    fc.assert(fc.property(value, object => expect(strategicMerge(object, object, {})).toEqual(object)));
  });
});

describe('mergePatch', () => {
  // RFC 7386, appendix A
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (value, patch, wanted) => {
    expect(mergePatch(value, patch)).toEqual(wanted);
  });
});
