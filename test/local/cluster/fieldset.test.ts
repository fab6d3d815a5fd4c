import fc from 'fast-check';
import {
  compare,
  difference,
  fieldsOf,
  intersection,
  isEmpty,
  merged,
  paths,
  union,
  without,
} from '../../../local/cluster/fieldset.ts';
import type { FieldSet } from '../../../local/cluster/objects.ts';
import type { Schema } from '../../../local/cluster/schema.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        args: { type: 'array', items: { type: 'string' } },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' }, count: { type: 'integer' } } },
        },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
};

const word = fc.constantFrom('a', 'b', 'c', 'd');
const spec = fc.record(
  {
    size: fc.nat(3),
    tags: fc.uniqueArray(word),
    args: fc.array(word, { maxLength: 3 }),
    parts: fc.uniqueArray(fc.record({ name: word, count: fc.nat(3) }), { selector: part => part.name }),
    labels: fc.dictionary(word, word),
  },
  { requiredKeys: [] },
);
const object = fc.record({ spec });
const element = fc.constantFrom('f:a', 'f:b', 'v:1');
const fields: fc.Arbitrary<FieldSet> = fc.letrec<{ tree: FieldSet }>(tie => ({
  tree: fc.dictionary(element, fc.oneof({ depthSize: 'small' }, fc.constant({}), tie('tree'))),
})).tree;

describe('fields of a value', () => {
  it('names items by key and members by value, and holds an atomic list whole', () => {
    const value = {
      spec: {
        size: 1,
        tags: ['a'],
        args: ['x', 'y'],
        parts: [{ name: 'p', count: 2 }],
        labels: { app: 'web' },
      },
    };
    expect(fieldsOf(value, schema)).toEqual({
      'f:spec': {
        'f:size': {},
        'f:tags': { 'v:"a"': {} },
        'f:args': {},
        'f:parts': { 'k:{"name":"p"}': { '.': {}, 'f:name': {}, 'f:count': {} } },
        'f:labels': { 'f:app': {} },
      },
    });
  });

  it('reads as paths that people know', () => {
    const value = { spec: { size: 1, tags: ['a'], parts: [{ name: 'p', count: 2 }] } };
    expect(paths(fieldsOf(value, schema))).toEqual([
      '.spec.size',
      '.spec.tags[="a"]',
      '.spec.parts[name="p"].name',
      '.spec.parts[name="p"].count',
    ]);
  });

  it('finds nothing changed between a value and itself', () => {
    fc.assert(fc.property(object, value => isEmpty(compare(value, structuredClone(value), schema).changed)));
  });

  it('finds every change: applying the new value to the old one leaves only what the new one does not mention', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const result = merged(before, after, schema);
        const { changed } = compare(result, merged(result, after, schema), schema);
        expect(isEmpty(changed)).toBe(true);
      }),
    );
  });

  it('leaves no field of a value when all are taken out', () => {
    fc.assert(
      fc.property(object, value => {
        const left = without(value, fieldsOf(value, schema), schema);
        expect(paths(fieldsOf(left, schema)).filter(path => path.includes('['))).toEqual([]);
      }),
    );
  });

  it('behaves as sets do', () => {
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        expect(difference(a, a)).toEqual({});
        expect(intersection(a, a)).toEqual(a);
        expect(union(a, a)).toEqual(a);
        expect(isEmpty(intersection(difference(a, union(a, b)), b))).toBe(true);
      }),
    );
  });
});
