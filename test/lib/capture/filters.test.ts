import fc from 'fast-check';
import { checkFilter } from '../../../lib/capture/bpf/check.ts';
import { includeExcludeFilter, systemFilter, userFilter } from '../../../lib/capture/filters.ts';

// Acceptance table of Retina's obtainTcpdumpFilters
const INCLUDE = ['192.168.0.1:80', '192.168.0.2:90', '*:100', '192.168.0.3'];
const EXCLUDE = ['192.168.1.1:80', '192.168.1.2:90', '*:101', '192.168.1.3'];
const INCLUDED =
  '((port 100) or (host 192.168.0.1 and port 80) or (host 192.168.0.2 and port 90) or (host 192.168.0.3))';
const EXCLUDED =
  'not ((port 101) or (host 192.168.1.1 and port 80) or (host 192.168.1.2 and port 90) or (host 192.168.1.3))';

test.each([
  ['empty filter', undefined, undefined, ''],
  ['empty include list', [], undefined, ''],
  ['empty entry', [''], undefined, ''],
  ['include filter is empty', undefined, EXCLUDE, EXCLUDED],
  ['exclude filter is empty', INCLUDE, undefined, INCLUDED],
  ['any ip and limited ports', ['*:100', '200'], undefined, '((port 100) or (port 200))'],
  [
    'limited ip with any port',
    ['192.168.0.1', '192.168.0.2'],
    undefined,
    '((host 192.168.0.1) or (host 192.168.0.2))',
  ],
  ['include filter and exclude filter', INCLUDE, EXCLUDE, `${INCLUDED} and ${EXCLUDED}`],
  [
    'one of each',
    ['192.168.0.1:80'],
    ['192.168.1.1:80'],
    '((host 192.168.0.1 and port 80)) and not ((host 192.168.1.1 and port 80))',
  ],
  ['an address behind one of its ports', ['10.0.0.1:80', '10.0.0.1'], undefined, '((host 10.0.0.1))'],
  ['any port of an address', ['10.0.0.1:*'], undefined, '((host 10.0.0.1))'],
  ['a port of any address', [':80'], undefined, '((port 80))'],
])('renders filters: %s', (_, include, exclude, expected) => {
  expect(includeExcludeFilter(include, exclude)).toBe(expected);
});

// Where Retina's result depends on the order, is no valid filter, or is refused
test.each([
  ['an address before one of its ports', ['10.0.0.1', '10.0.0.1:80'], '((host 10.0.0.1))'],
  ['a port of any address first', ['*:80', '10.0.0.1:80'], '((port 80))'],
  ['a port of any address last', ['10.0.0.1:80', '*:80'], '((port 80))'],
  ['everything', ['*:*'], ''],
  ['everything, short', ['*', '10.0.0.1'], ''],
  [
    'IPv6',
    ['fe80::1', '[::1]:80', '[2001:db8::1]'],
    '((host 2001:db8::1) or (host ::1 and port 80) or (host fe80::1))',
  ],
  [
    'networks',
    ['10.0.0.0/8', '192.168.0.0/16:443'],
    '((net 10.0.0.0/8) or (net 192.168.0.0/16 and port 443))',
  ],
  [
    'IPv6 networks',
    ['2001:db8::/32', '[fd00::/8]:53'],
    '((net 2001:db8::/32) or (net fd00::/8 and port 53))',
  ],
])('does better than Retina with %s', (_, include, expected) => {
  expect(includeExcludeFilter(include)).toBe(expected);
});

test.each([
  ['-1'],
  ['65536'],
  ['192.168.0.256'],
  ['10.0.0.1:80:90'],
  ['80-90'],
  [' 10.0.0.1:80'],
  ['+80'],
  ['example.com'],
  ['10.0.0.1/8'],
  ['10.0.0.0/33'],
  ['[10.0.0.1'],
  ['fe80::1%eth0'],
  ['10.0.0.1 or tcp'],
])('refuses %j, naming the field', entry => {
  expect(() => includeExcludeFilter(['10.0.0.1', entry])).toThrow(/invalid filter .* in filters.include/);
});

test('refuses to exclude everything', () => {
  expect(() => includeExcludeFilter([], ['*'])).toThrow('would exclude every packet');
});

test.each([
  [[], '', ''],
  [[], 'F', 'F'],
  [['192.168.0.1'], '', '(host 192.168.0.1)'],
  [['192.168.0.1', '192.168.0.2'], '', '(host 192.168.0.1 or host 192.168.0.2)'],
  [['10.225.0.4', 'fd5c:d9f1:79c5:fd83::21e'], '', '(host 10.225.0.4 or host fd5c:d9f1:79c5:fd83::21e)'],
  [['1.1.1.1'], '((port 53))', '((port 53)) and (host 1.1.1.1)'],
  [['1.1.1.1'], 'not ((port 53))', 'not ((port 53)) and (host 1.1.1.1)'],
])('narrows a capture of the pods %j by %j', (ips, filter, expected) => {
  expect(systemFilter(ips, filter)).toBe(expected);
});

test.each([
  [{}, ''],
  [{ pcapFilter: 'tcp port 80' }, 'tcp port 80'],
  [{ sourceIPs: ['10.0.0.1'] }, 'src host 10.0.0.1'],
  [{ sourceIPs: ['10.0.0.1', '10.0.0.2'] }, 'src host 10.0.0.1 or src host 10.0.0.2'],
  [{ destinationIPs: ['10.0.0.2'] }, 'dst host 10.0.0.2'],
  [{ sourceIPs: ['10.0.0.1'], destinationIPs: ['10.0.0.2'] }, '(src host 10.0.0.1) and (dst host 10.0.0.2)'],
  [{ sourceIPs: ['10.0.0.1'], pcapFilter: 'tcp port 80' }, '(tcp port 80) and (src host 10.0.0.1)'],
  [{ destinationIPs: ['2001:db8::1'] }, 'dst host 2001:db8::1'],
  [{ sourceIPs: ['10.0.0.0/8'] }, 'src net 10.0.0.0/8'],
  [{ pcapFilter: '  ' }, ''],
])('joins what the user filters by: %j', (option, expected) => {
  expect(userFilter(option)).toBe(expected);
});

test.each([
  [{ sourceIPs: ['not-an-ip'] }, /sourceIPs: "not-an-ip" is not a valid IP address/],
  [{ destinationIPs: ['10.0.0.1', 'not-an-ip'] }, /destinationIPs: "not-an-ip" is not a valid IP address/],
  [{ sourceIPs: ['-w'] }, /sourceIPs/],
])('refuses addresses that are none: %j', (option, message) => {
  expect(() => userFilter(option)).toThrow(message);
});

const ip = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter(text => !text.includes('.')),
);
const port = fc.nat(65535).map(String);
const entry = fc.oneof(
  ip,
  port,
  port.map(p => `*:${p}`),
  fc.tuple(ip, port).map(([a, p]) => (a.includes(':') ? `[${a}]:${p}` : `${a}:${p}`)),
);

test('whatever it renders, tcpdump takes', () => {
  fc.assert(
    fc.property(fc.array(entry), fc.array(entry), fc.array(ip), (include, exclude, pods) => {
      const filter = systemFilter(pods, includeExcludeFilter(include, exclude));
      if (filter !== '') checkFilter(filter, 'filters', 'LINUX_SLL2');
    }),
  );
});

test('the order of entries does not matter', () => {
  fc.assert(
    fc.property(fc.array(entry), entries => {
      expect(includeExcludeFilter(entries.toReversed())).toBe(includeExcludeFilter(entries));
    }),
  );
});
