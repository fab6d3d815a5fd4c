/** Patterns, and whether {@link EVENT} matches them: asked of our matcher here, and of another implementation in test/real. */
export interface PatternCase {
  name: string;
  pattern: Record<string, unknown>;
  expected: boolean;
}

export const EVENT = {
  source: 'captures.s3',
  'detail-type': 'Object Created',
  detail: {
    bucket: { name: 'captures' },
    object: { key: 'prod/demo-node-1.tar.gz', size: 1024, tags: ['a', 'b'] },
    flag: true,
    nothing: null,
    empty: '',
    ip: '10.1.2.3',
    ip6: '2001:db8::1',
    list: [
      { kind: 'Pod', name: 'x' },
      { kind: 'Job', name: 'y' },
    ],
    path: 'a*b/c',
  },
};

const key = (matcher: unknown) => ({ detail: { object: { key: [matcher] } } });
const size = (matcher: unknown) => ({ detail: { object: { size: [matcher] } } });
const at = (name: string, ...matchers: unknown[]) => ({ detail: { [name]: matchers } });

const cases: [name: string, pattern: Record<string, unknown>, expected: boolean][] = [
  ['an exact value', { source: ['captures.s3'] }, true],
  ['another value', { source: ['captures.ec2'] }, false],
  ['one of several values', { source: ['captures.ec2', 'captures.s3'] }, true],
  ['several fields, all', { source: ['captures.s3'], detail: { bucket: { name: ['captures'] } } }, true],
  ['several fields, not all', { source: ['captures.s3'], detail: { bucket: { name: ['other'] } } }, false],
  ['a number', size(1024), true],
  ['a number is no text', size('1024'), false],
  ['true', at('flag', true), true],
  ['false', at('flag', false), false],
  ['null', at('nothing', null), true],
  ['an empty text', at('empty', ''), true],
  ['a missing field', at('missing', 'x'), false],
  ['an element of a list', { detail: { object: { tags: ['b'] } } }, true],
  ['no element of a list', { detail: { object: { tags: ['c'] } } }, false],
  ['a prefix', key({ prefix: 'prod/' }), true],
  ['no prefix', key({ prefix: 'demo' }), false],
  ['a prefix in any case', key({ prefix: { 'equals-ignore-case': 'PROD/' } }), true],
  ['a suffix', key({ suffix: '.tar.gz' }), true],
  ['no suffix', key({ suffix: '.pcap' }), false],
  ['a suffix in any case', key({ suffix: { 'equals-ignore-case': '.TAR.GZ' } }), true],
  ['a text in any case', { source: [{ 'equals-ignore-case': 'CAPTURES.S3' }] }, true],
  ['a wildcard', key({ wildcard: 'prod/*-node-*.tar.gz' }), true],
  ['a wildcard for all', key({ wildcard: '*' }), true],
  ['no wildcard', key({ wildcard: 'prod/*.pcap' }), false],
  ['a wildcard that is a star', at('path', { wildcard: 'a\\*b/*' }), true],
  ['anything but a text', key({ 'anything-but': 'x' }), true],
  ['anything but this text', { source: [{ 'anything-but': 'captures.s3' }] }, false],
  ['anything but a list', { source: [{ 'anything-but': ['captures.s3', 'x'] }] }, false],
  ['anything but a number', size({ 'anything-but': 1 }), true],
  ['anything but this number', size({ 'anything-but': [1024] }), false],
  ['anything but a prefix', key({ 'anything-but': { prefix: 'index/' } }), true],
  ['anything but this prefix', key({ 'anything-but': { prefix: 'prod/' } }), false],
  ['anything but prefixes', key({ 'anything-but': { prefix: ['index/', 'prod/'] } }), false],
  ['anything but a suffix', key({ 'anything-but': { suffix: '.gz' } }), false],
  [
    'anything but a text in any case',
    { source: [{ 'anything-but': { 'equals-ignore-case': 'CAPTURES.S3' } }] },
    false,
  ],
  ['anything but a wildcard', key({ 'anything-but': { wildcard: 'index/*' } }), true],
  ['anything but, of what is missing', at('missing', { 'anything-but': 'x' }), false],
  ['greater', size({ numeric: ['>', 1000] }), true],
  ['between', size({ numeric: ['>', 0, '<=', 1024] }), true],
  ['not between', size({ numeric: ['>', 0, '<', 1024] }), false],
  ['equal as a number', size({ numeric: ['=', 1024] }), true],
  ['a text is no number', { source: [{ numeric: ['>', 0] }] }, false],
  ['exists', at('flag', { exists: true }), true],
  ['exists, though null', at('nothing', { exists: true }), true],
  ['exists not', at('missing', { exists: false }), true],
  ['exists not, but does', at('flag', { exists: false }), false],
  ['an absent branch exists not', { detail: { missing: { inner: [{ exists: false }] } } }, true],
  ['an IPv4 network', at('ip', { cidr: '10.0.0.0/8' }), true],
  ['another IPv4 network', at('ip', { cidr: '192.168.0.0/16' }), false],
  ['an IPv6 network', at('ip6', { cidr: '2001:db8::/32' }), true],
  ['$or, one', { $or: [{ source: ['x'] }, { detail: { flag: [true] } }] }, true],
  ['$or, none', { $or: [{ source: ['x'] }, { detail: { flag: [false] } }] }, false],
  [
    '$or and a field',
    { source: ['x'], $or: [{ detail: { flag: [true] } }, { detail: { flag: [false] } }] },
    false,
  ],
  ['$or within', { detail: { $or: [{ flag: [false] }, { bucket: { name: ['captures'] } }] } }, true],
  ['an object of a list', { detail: { list: { kind: ['Pod'], name: ['x'] } } }, true],
  ['two objects of a list do not mix', { detail: { list: { kind: ['Pod'], name: ['y'] } } }, false],
  ['a branch is no leaf', at('bucket', { exists: true }), false],
  [
    'everything at once',
    {
      source: [{ prefix: 'captures.' }],
      detail: {
        object: { key: [{ 'anything-but': { prefix: 'index/' } }], size: [{ numeric: ['>', 0] }] },
        ip: [{ cidr: '10.0.0.0/8' }],
        $or: [{ flag: [{ exists: true }] }, { missing: [{ wildcard: 'x*' }] }],
      },
    },
    true,
  ],
];

export const PATTERN_CASES: PatternCase[] = cases.map(([name, pattern, expected]) => ({
  name,
  pattern,
  expected,
}));
