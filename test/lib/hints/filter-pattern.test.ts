import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { load } from 'js-yaml';
import {
  compileFilterPattern,
  FilterPatternError,
  wildcardMatch,
} from '../../../lib/hints/filter-pattern.ts';
import { shared } from '../../shared.ts';

const matches = (pattern: string, event: unknown) => compileFilterPattern(pattern)(event);

describe('a CloudWatch filter pattern', () => {
  const event = {
    verb: 'create',
    code: 201,
    ok: true,
    gone: null,
    objectRef: { resource: 'captures', 'api-group': 'retina.sh' },
    sourceIPs: ['10.0.0.1', '10.0.0.2'],
  };

  it.each([
    ['', true],
    ['{ $.verb = "create" }', true],
    ['{ $.verb = create }', true],
    ['{ $.verb = "cre*" }', true],
    ['{ $.verb = "*eat*" }', true],
    ['{ $.verb = "*" }', true],
    ['{ $.verb = "delete" }', false],
    ['{ $.verb != "delete" }', true],
    ['{ $.code = 201 }', true],
    ['{ $.code < 300 }', true],
    ['{ $.code >= 201.5 }', false],
    ['{ $.code > 2e2 }', true],
    ['{ $.verb < 300 }', false],
    ['{ $.ok IS TRUE }', true],
    ['{ $.ok IS FALSE }', false],
    ['{ $.gone IS NULL }', true],
    ['{ $.gone NOT EXISTS }', false],
    ['{ $.missing NOT EXISTS }', true],
    ['{ $.missing IS NULL }', false],
    ['{ $.missing != "x" }', false],
    ['{ $.objectRef.resource = "captures" }', true],
    ['{ $.objectRef.api-group = "retina.sh" }', true],
    ['{ $.objectRef[\'api-group\'] = "retina.sh" }', true],
    ['{ $.objectRef = "*" }', false],
    ['{ $.sourceIPs[1] = "10.0.0.2" }', true],
    ['{ $.sourceIPs[2] = "*" }', false],
    ['{ $.objectRef[0] = "*" }', false],
    ['{ ($.verb = "x") || ($.code = 201) && ($.ok IS TRUE) }', true],
    ['{ (($.verb = "x") || ($.code = 201)) && ($.ok IS FALSE) }', false],
  ])('%s is %s', (pattern, expected) => expect(matches(pattern, event)).toBe(expected));

  it.each([
    'ERROR',
    '{ $.a = "x"',
    '{ $.a }',
    '{ "x" = $.a }',
    '{ $.a < "x" }',
    '{ $.a = %x% }',
    '{ $.a = "x" } more',
    '{ $.a IS MAYBE }',
    `{ $.a = "${'x'.repeat(1024)}" }`,
  ])('refuses %s', pattern => expect(() => compileFilterPattern(pattern)).toThrow(FilterPatternError));

  it('never throws on any event', () => {
    const filter = compileFilterPattern(
      '{ ($.a.b[0] = "x*") || ($.a NOT EXISTS) || ($.c > 1) || ($.d IS NULL) }',
    );
    fc.assert(fc.property(fc.anything(), value => typeof filter(value) === 'boolean'));
  });

  it('reads * as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (pattern, subject) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`);
        expect(wildcardMatch(pattern, subject)).toBe(expression.test(subject));
      }),
    );
  });
});

describe('the filter that serverless.yml puts on the audit log', () => {
  const service = load(readFileSync('serverless.yml', 'utf8')) as { custom: { auditFilter: string } };
  const filter = compileFilterPattern(service.custom.auditFilter);
  const events = readFileSync(shared('reference/audit-events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

  it('passes what may change a Capture, and nothing else, of a real audit log', () => {
    const passed = events
      .filter(filter)
      .map(({ verb, objectRef: { resource, subresource, name } }) =>
        [verb, resource, subresource, name].filter(Boolean).join(' '),
      );
    expect(events).toHaveLength(101);
    expect(passed).toMatchSnapshot();
  });

  it('is not woken by our own status writes', () => {
    const own = events.filter(
      event => event.objectRef?.resource === 'captures' && event.objectRef.subresource,
    );
    expect(own.length).toBeGreaterThan(0);
    expect(own.some(filter)).toBe(false);
  });
});
