import fc from 'fast-check';
import { DnsNames } from '../../../../../lib/index/identity/names/dns-names.ts';
import { textListOf, textOf } from '../../../../../lib/index/text-list.ts';

function learn(names: DnsNames, answers: [query: string | null, answers: string[] | null][]): DnsNames {
  names.observe({
    table: 'dns',
    rows: answers.length,
    columns: {
      query: { values: answers.map(([query]) => query) },
      answers: { values: answers.map(([, list]) => list) },
    },
  });
  return names;
}

/** By host, its names. */
function namesOf(names: DnsNames, hosts: string[]): string[][] {
  const lists = names.of(textListOf(hosts));
  return hosts.map((_, host) => {
    if (!lists) return [];
    const { starts, elements } = lists;
    const [start, end] = starts.subarray(host, host + 2) as unknown as [number, number];
    return Array.from({ length: end - start }, (_, i) => textOf(elements, start + i));
  });
}

test('addresses of both families have the names that were asked for, in that order', () => {
  const names = learn(new DnsNames(), [
    ['a.test', ['192.0.2.1', '2001:db8::1', 'fe80::1']],
    ['b.test', ['alias.test', '192.0.2.1']],
  ]);
  expect(namesOf(names, ['192.0.2.1', '192.0.2.2', '2001:db8::1', 'fe80::1'])).toEqual([
    ['a.test', 'b.test'],
    [],
    ['a.test'],
    ['a.test'],
  ]);
  expect(names.of(textListOf(['192.0.2.2']))).toBeUndefined();
});

test('other answers are no addresses', () => {
  const others = [
    'alias.example',
    'cafe.example',
    'cafe',
    '10.in-addr.example',
    'MX 10 mail.example',
    'TXT 5 a:b',
    '12:34',
    '',
  ];
  const names = learn(new DnsNames(), [['a.test', others]]);
  expect(names.size).toBe(0);
  expect(names.of(textListOf(others))).toBeUndefined();
});

test('rows without a name or without answers teach nothing', () => {
  const names = learn(new DnsNames(), [
    [null, ['192.0.2.1']],
    ['a.test', null],
    ['b.test', []],
  ]);
  names.observe({ table: 'dns', rows: 1, columns: { query: { values: ['c.test'] } } });
  names.observe({ table: 'dns', rows: 1, columns: { answers: { values: [['192.0.2.1']] } } });
  expect(names.size).toBe(0);
});

test('the first eight names of an address are kept, each once', () => {
  const asked = Array.from({ length: 12 }, (_, i): [string, string[]] => [
    `n${i}.test`,
    ['192.0.2.1', '192.0.2.1'],
  ]);
  const names = learn(new DnsNames(), asked);
  expect(namesOf(names, ['192.0.2.1'])).toEqual([Array.from({ length: 8 }, (_, i) => `n${i}.test`)]);
});

test('the first 65,536 addresses have names', () => {
  const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  const asked = Array.from({ length: 66_000 }, (_, i): [string, string[]] => ['a.test', [address(i)]]);
  const names = learn(learn(new DnsNames(), asked), [['b.test', [address(0), address(65_999)]]]);
  expect(names.size).toBe(65_536);
  expect(namesOf(names, [address(0), address(65_535), address(65_536), address(65_999)])).toEqual([
    ['a.test', 'b.test'],
    ['a.test'],
    [],
    [],
  ]);
});

test('whatever is answered, names are what a map of lists would have', () => {
  const address = fc.nat(20).map(i => `10.0.0.${i}`);
  const name = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('a.test', 'b.test'));
  const row = fc.tuple(name, fc.array(address, { maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(fc.array(row)), batches => {
      const names = new DnsNames();
      const expected = new Map<string, string[]>();
      for (const batch of batches) {
        learn(names, batch);
        for (const [query, list] of batch) {
          for (const host of list) {
            const known = expected.get(host) ?? [];
            expected.set(host, known);
            if (known.length < 8 && !known.includes(query)) known.push(query);
          }
        }
      }
      const hosts = Array.from({ length: 22 }, (_, i) => `10.0.0.${i}`);
      for (const asked of [hosts, hosts.toReversed()]) {
        expect(namesOf(names, asked)).toEqual(asked.map(host => expected.get(host) ?? []));
      }
      names.end();
    }),
  );
});

test('names of two captures at once are kept apart, and forgotten when a capture ends', () => {
  const one = learn(new DnsNames(), [['one.test', ['192.0.2.1']]]);
  const two = learn(new DnsNames(), [['two.test', ['192.0.2.1']]]);
  expect(namesOf(one, ['192.0.2.1'])).toEqual([['one.test']]);
  expect(namesOf(two, ['192.0.2.1'])).toEqual([['two.test']]);
  one.end();
  expect(new DnsNames().size).toBe(0);
});
