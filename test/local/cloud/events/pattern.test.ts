import fc from 'fast-check';
import { compilePattern, EventPatternError } from '../../../../local/cloud/events/pattern.ts';
import { EVENT, PATTERN_CASES } from './pattern-cases.ts';

const matches = (pattern: unknown, event: unknown) => compilePattern(pattern)(event);

describe('an event pattern', () => {
  it.each(PATTERN_CASES)('$name', ({ pattern, expected }) => {
    expect(matches(pattern, EVENT)).toBe(expected);
  });

  it.each([
    ['a bare value', { a: 'x' }],
    ['an empty list', { a: [] }],
    ['an empty object', { a: {} }],
    ['nothing', {}],
    ['no object', []],
    ['an unknown operator', { a: [{ contains: 'x' }] }],
    ['two operators in one', { a: [{ prefix: 'x', suffix: 'y' }] }],
    ['a prefix that is no text', { a: [{ prefix: 1 }] }],
    ['half a comparison', { a: [{ numeric: ['>'] }] }],
    ['an unknown comparison', { a: [{ numeric: ['~', 1] }] }],
    ['an address that is none', { a: [{ cidr: '10.0.0.300/8' }] }],
    ['an exists that is no boolean', { a: [{ exists: 'yes' }] }],
    ['one alternative', { $or: [{ a: ['x'] }] }],
    ['two wildcards in a row', { a: [{ wildcard: 'x**' }] }],
    ['a list in a list', { a: [['x']] }],
  ])('with %s is refused', (_, pattern) => expect(() => compilePattern(pattern)).toThrow(EventPatternError));

  it('is refused when it is nested without end', () => {
    const deep = Array.from({ length: 1000 }).reduce<unknown>(inner => ({ a: inner }), ['x']);
    expect(() => compilePattern(deep)).toThrow(EventPatternError);
  });
});

describe('laws', () => {
  const leaf = fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.boolean(), fc.constant(null));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A'), maxLength: 6 });

  it('an event made of a pattern matches it', () => {
    const values = fc.array(leaf, { minLength: 1, maxLength: 4 });
    const pattern = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), values, { minKeys: 1, maxKeys: 4 });
    fc.assert(
      fc.property(pattern, fc.nat(), (wanted, choice) => {
        const event = Object.fromEntries(
          Object.entries(wanted).map(([name, list]) => [name, list[choice % list.length]]),
        );
        expect(matches({ detail: wanted }, { detail: { ...event, more: 1 } })).toBe(true);
      }),
    );
  });

  it('anything-but is the opposite of what it names, wherever there is a value', () => {
    const operators = fc.constantFrom('prefix', 'suffix', 'equals-ignore-case', 'wildcard');
    fc.assert(
      fc.property(operators, text, text, (operator, argument, value) => {
        const event = { a: value };
        expect(matches({ a: [{ 'anything-but': { [operator]: argument } }] }, event)).toBe(
          !matches({ a: [{ [operator]: argument }] }, event),
        );
      }),
    );
  });

  it('exists: true and exists: false never agree', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(leaf, fc.array(leaf), fc.object())),
        event => {
          expect(matches({ a: [{ exists: true }] }, event)).toBe(!matches({ a: [{ exists: false }] }, event));
        },
      ),
    );
  });

  it('a list of matchers is the union of its members, $or the union of its patterns', () => {
    fc.assert(
      fc.property(text, text, text, (one, other, value) => {
        const event = { a: value };
        const union = matches({ a: [one] }, event) || matches({ a: [{ prefix: other }] }, event);
        expect(matches({ a: [one, { prefix: other }] }, event)).toBe(union);
        expect(matches({ $or: [{ a: [one] }, { a: [{ prefix: other }] }] }, event)).toBe(union);
      }),
    );
  });

  it('a wildcard is what a regular expression of it would be', () => {
    const pattern = fc
      .string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
      .filter(item => !item.includes('**'));
    fc.assert(
      fc.property(pattern, text, (wildcard, value) => {
        const expression = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`);
        expect(matches({ a: [{ wildcard }] }, { a: value })).toBe(expression.test(value));
      }),
    );
  });

  it('no event of any shape makes a matcher throw', () => {
    const compiled = compilePattern(PATTERN_CASES.find(({ name }) => name.startsWith('everything'))!.pattern);
    fc.assert(fc.property(fc.anything(), event => typeof compiled(event) === 'boolean'));
  });
});
