import { combineFilters, validateFilter } from '../../workload/filter.ts';

describe('combineFilters', () => {
  it.each([
    [{}, ''],
    [{ system: '(host 10.0.0.1)' }, '(host 10.0.0.1)'],
    [{ pcap: ' tcp port 80 ' }, 'tcp port 80'],
    [{ pcap: 'tcp or udp', system: '(host 10.0.0.1)' }, '(tcp or udp) and ((host 10.0.0.1))'],
    [{ pcap: 'udp', tcpdump: '-z evil' }, 'udp'],
    [
      { tcpdump: 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn' },
      'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn',
    ],
  ])('makes of %j: %s', (filters, combined) => {
    expect(combineFilters(filters)).toBe(combined);
  });

  it.each([
    [{ pcap: '   ' }, 'pcapFilter cannot be empty'],
    [{ pcap: '-n tcp port 80' }, 'pcapFilter contains flag "-n"'],
    [{ pcap: 'tcp\t-w /etc/passwd' }, 'pcapFilter contains flag "-w"'],
    [{ tcpdump: 'tcp\n-n port 80' }, 'tcpdumpFilter contains flag "-n"'],
    [{ system: '-z evil' }, 'target filter contains flag "-z"'],
  ])('refuses %j', (filters, message) => {
    expect(() => combineFilters(filters)).toThrow(message);
  });
});

describe('validateFilter', () => {
  it('accepts what tcpdump compiles', async () => {
    const filter = 'tcp port 80 and (host 10.0.0.1 or host fd00::1)';
    await validateFilter({ interface: 'lo', filter });
    await validateFilter({ interface: 'any', filter });
    await validateFilter({ interface: 'any', filter: '' });
  });

  it('says why tcpdump refuses', async () => {
    await expect(validateFilter({ interface: 'lo', filter: 'tcp port' })).rejects.toThrow(
      /syntax error.*\(filter: "tcp port"\)/,
    );
  });

  it('compiles for the link type that will be captured', async () => {
    const filter = 'ether host 00:11:22:33:44:55';
    await validateFilter({ interface: 'lo', filter });
    await expect(validateFilter({ interface: 'any', filter })).rejects.toThrow(
      /interface any: ethernet addresses supported only/,
    );
  });

  it('names an interface that is missing', async () => {
    await expect(validateFilter({ interface: 'nosuch0', filter: '' })).rejects.toThrow(
      'interface nosuch0: nosuch0: No such device exists',
    );
  });
});
