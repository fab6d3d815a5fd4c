import { DnsNames } from '../../../../lib/index/identity/dns-names.ts';

function learn(answers: Record<string, string[]>): DnsNames {
  const names = new DnsNames();
  const queries = Object.keys(answers);
  names.observe({
    table: 'dns',
    rows: queries.length,
    columns: { query: { values: queries }, answers: { values: Object.values(answers) } },
  });
  return names;
}

test('addresses of both families have the names that were asked for, in that order', () => {
  const names = learn({ 'a.test': ['192.0.2.1', '2001:db8::1', 'fe80::1'], 'b.test': ['192.0.2.1'] });
  expect(names.of('192.0.2.1')).toEqual(['a.test', 'b.test']);
  expect(names.of('2001:db8::1')).toEqual(['a.test']);
  expect(names.of('fe80::1')).toEqual(['a.test']);
  expect(names.of('192.0.2.2')).toBeUndefined();
});

test('other answers are no addresses', () => {
  const others = [
    'alias.example',
    'cafe.example',
    '10.in-addr.example',
    'MX 10 mail.example',
    'TXT 5 a:b',
    '12:34',
    '',
  ];
  expect(learn({ 'a.test': others }).size).toBe(0);
});

test('the first eight names of an address are kept, each once', () => {
  const names = learn(
    Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`n${i}.test`, ['192.0.2.1', '192.0.2.1']])),
  );
  expect(names.of('192.0.2.1')).toEqual(Array.from({ length: 8 }, (_, i) => `n${i}.test`));
});
