import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkFilter } from '../../../../lib/capture/bpf/check.ts';
import type { Link } from '../../../../lib/capture/bpf/qualifiers.ts';

const LINKS: [Link, number][] = [
  ['LINUX_SLL2', 276],
  ['EN10MB', 1],
];
const expressions = readFileSync(join(import.meta.dirname, 'expressions.txt'), 'utf8')
  .trimEnd()
  .split('\n');

const folder = mkdtempSync(join(tmpdir(), 'bpf-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A capture file without packets: what tcpdump compiles a filter against. */
function emptyCapture(linkType: number) {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262144, 16);
  header.writeUInt32LE(linkType, 20);
  const file = join(folder, `${linkType}.pcap`);
  writeFileSync(file, header);
  return file;
}
const files = new Map(LINKS.map(([link, number]) => [link, emptyCapture(number)]));

/** What the real tcpdump says against a filter; undefined when it takes it. */
function tcpdumpRefusal(filter: string, link: Link): string | undefined {
  const { status, stderr, error } = spawnSync('tcpdump', ['-d', '-r', files.get(link) ?? '', '--', filter], {
    encoding: 'utf8',
  });
  if (error) throw error; // tcpdump is not installed
  return status === 0 ? undefined : stderr.trim().split('\n').at(-1);
}

function ourRefusal(filter: string, link: Link): string | undefined {
  try {
    checkFilter(filter, 'captureOption.pcapFilter', link);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    if (!message.startsWith('captureOption.pcapFilter: ')) throw error; // a fault of ours is no refusal
    return message;
  }
}

/** Where we and `tcpdump -d` on a file differ on purpose. */
function knownDifference(filter: string, refusal: string | undefined): string | undefined {
  if (/(^|\s)-/.test(filter)) return 'a word that begins with a hyphen is never let through';
  if (refusal?.includes('rejects all packets')) return 'only the optimiser can tell';
  if (refusal?.includes('when reading savefiles')) return 'works on a live capture';
  if (refusal?.includes('unknown host')) return 'names are resolved on the node';
  return undefined;
}

const differs = (filter: string, link: Link) => {
  const refusal = tcpdumpRefusal(filter, link);
  const ours = ourRefusal(filter, link);
  const agree = (refusal === undefined) === (ours === undefined);
  return agree || knownDifference(filter, refusal) ? undefined : { filter, link, tcpdump: refusal, ours };
};

test.each(LINKS)('agrees with tcpdump on every expression for %s', link => {
  expect(expressions.flatMap(filter => differs(filter, link) ?? [])).toEqual([]);
});

test('refuses and accepts enough of them for that to mean something', () => {
  const accepted = expressions.filter(filter => ourRefusal(filter, 'LINUX_SLL2') === undefined).length;
  expect(accepted).toBeGreaterThan(150);
  expect(expressions.length - accepted).toBeGreaterThan(120);
});

test('agrees with tcpdump on filters put together at random', () => {
  const words =
    'tcp udp ip ip6 icmp arp ether src dst host net port portrange proto and or not ( ) 10.0.0.1 10.0.0.0/8 2001:db8::1 80 443 1-100 http len > = & ip[0] tcp[13]'.split(
      ' ',
    );
  const filters = fc
    .array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 })
    .map(list => list.join(' '));
  fc.assert(
    fc.property(filters, fc.constantFrom<Link>('LINUX_SLL2', 'EN10MB'), (filter, link) => {
      expect(differs(filter, link)).toBeUndefined();
    }),
    { numRuns: 400 },
  );
});

test('never throws anything but its refusal, whatever it is given', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 1024, unit: 'binary' }), text => {
      expect(() => ourRefusal(text, 'LINUX_SLL2')).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});

test.each([`${'('.repeat(512)}tcp${')'.repeat(512)}`, '!'.repeat(1024), `${'('.repeat(1000)}1=1`])(
  'does not lose itself in depth (%#)',
  filter => {
    expect(ourRefusal(filter, 'EN10MB')).toMatch(/parentheses|syntax error/);
  },
);

test.each([
  ['-w /etc/passwd', /contains flag "-w"/],
  ['tcp port 80 -z reboot', /contains flag "-z"/],
  ['tcp\t-n', /contains flag "-n"/],
  ['tcp\n-n', /contains flag "-n"/],
  [' \t\n', /only white space/],
  ['tcp prot 80', /pcapFilter: not a filter that tcpdump takes: .*pcap-filter\(7\)/],
  ['tcp) or (udp', /syntax error at "\)"/],
  ['vlan 5', /needs one interface in captureOption.interfaces/],
])('names the field and the remedy for %j', (filter, message) => {
  expect(ourRefusal(filter, 'LINUX_SLL2')).toMatch(message);
});
