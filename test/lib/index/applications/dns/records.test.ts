import { Feed, flowRef, Harness } from '../harness.ts';
import { answer, name, query, u16be } from './wire.ts';

function render(type: number, data: Buffer): unknown {
  const harness = new Harness();
  const message = answer(query(1, 'example.com', type), 0, [{ type, data }]);
  new Feed(harness, flowRef({ proto: 'udp', respPort: 53 })).send(1, message).end();
  return harness.rows('dns')[0]!.answers;
}

/** As Zeek's scripts/base/protocols/dns/main.zeek writes them. */
describe('answers', () => {
  test.each<[string, number, Buffer, string]>([
    ['A', 1, Buffer.from([93, 184, 216, 34]), '93.184.216.34'],
    ['AAAA', 28, Buffer.from('20010db8000000000000000000000001', 'hex'), '2001:db8::1'],
    ['AAAA of zeros', 28, Buffer.alloc(16), '::'],
    [
      'AAAA with one zero group',
      28,
      Buffer.from('20010db8000000010001000100010001', 'hex'),
      '2001:db8:0:1:1:1:1:1',
    ],
    ['AAAA with two runs', 28, Buffer.from('20010db8000000000001000000000001', 'hex'), '2001:db8::1:0:0:1'],
    ['AAAA that ends in zeros', 28, Buffer.from('20010db8000100000000000000000000', 'hex'), '2001:db8:1::'],
    ['CNAME', 5, name('Other.Example'), 'other.example'],
    ['CNAME in capitals', 5, name('@AZ[`az{.Zz'), '@az[`az{.zz'],
    ['CNAME by pointer', 5, Buffer.from([3, 0x77, 0x77, 0x77, 0xc0, 12]), 'www.example.com'],
    ['NS of the root', 2, name('.'), '.'],
    ['MX', 15, Buffer.concat([u16be(10), name('mail.example')]), 'mail.example'],
    ['SRV', 33, Buffer.concat([u16be(1, 2, 443), name('host.example')]), 'host.example'],
    ['TXT', 16, Buffer.from('\x05hello\x03two'), 'TXT 5 hello TXT 3 two'],
    ['SPF', 99, Buffer.from('\x02v='), 'SPF 2 v='],
    ['HINFO', 13, Buffer.from('\x03cpu\x02os'), 'HINFO cpu os'],
    ['DS', 43, Buffer.from([0, 1, 13, 2, 9]), 'DS 13 2'],
    ['DNSKEY', 48, Buffer.from([1, 0, 3, 8, 9, 9]), 'DNSKEY 8'],
    ['SSHFP', 44, Buffer.from([1, 1, 0xab, 0xcd]), 'SSHFP: abcd'],
    ['RRSIG', 46, Buffer.concat([u16be(1), Buffer.alloc(16), name('.')]), 'RRSIG 1 <Root>'],
    [
      'NSEC',
      47,
      Buffer.concat([name('next.example'), Buffer.from([0, 1, 0x40])]),
      'NSEC example.com next.example',
    ],
    ['CAA', 257, Buffer.from('\0\x05issueca.example'), 'CAA 0 issue ca.example'],
    ['HTTPS', 65, Buffer.concat([u16be(1), name('.')]), 'HTTPS 1 .'],
    [
      'NAPTR',
      35,
      Buffer.concat([u16be(100, 10), Buffer.from('\x01u\x07E2U+sip\x00'), name('sip.example')]),
      'NAPTR 100 10 u E2U+sip  sip.example',
    ],
    ['SVCB', 64, Buffer.concat([u16be(2), name('svc.example')]), 'SVCB 2 svc.example'],
    ['SOA', 6, Buffer.concat([name('ns.example'), name('root.example'), Buffer.alloc(20)]), 'ns.example'],
    ['NSEC3', 50, Buffer.alloc(9), 'NSEC3'],
    ['HINFO without strings', 13, Buffer.alloc(0), 'HINFO '],
    [
      'a TXT longer than is read',
      16,
      Buffer.alloc(2560, `\xff${'x'.repeat(255)}`, 'latin1'),
      Array(8)
        .fill(`TXT 255 ${'x'.repeat(255)}`)
        .join(' '),
    ],
    ['TXT in UTF-8', 16, Buffer.from('\x05caf\xc3\xa9', 'latin1'), 'TXT 4 café'],
    ['TXT beyond the basic plane', 16, Buffer.from([4, 0xf0, 0x9f, 0x90, 0xa2]), 'TXT 2 🐢'],
    ['unknown', 65000, Buffer.from([1]), '<unknown type=65000>'],
  ])('%s', (_, type, data, expected) => {
    expect(render(type, data)).toEqual([expected]);
  });

  test.each<[string, number, Buffer]>([
    ['an A of three bytes', 1, Buffer.from([1, 2, 3])],
    ['a CNAME that points at itself', 5, Buffer.from([0xc0, 29 + 12])],
    ['a CNAME that points forwards', 5, Buffer.from([0xc0, 0xff])],
    ['a TXT longer than its record', 16, Buffer.from([9, 65])],
    ['an empty SRV', 33, Buffer.alloc(0)],
    ['an empty TXT', 16, Buffer.alloc(0)],
    ['a WKS', 11, Buffer.alloc(9)],
    ['a NAPTR without name', 35, Buffer.from([0, 1, 0, 1, 0, 0, 0])],
    ['a CAA longer than its record', 257, Buffer.from([0, 9, 65])],
  ])('%s is left out', (_, type, data) => {
    expect(render(type, data)).toBeNull();
  });

  test('text that is no text is escaped', () => {
    expect(render(16, Buffer.from([3, 0x41, 0x00, 0xff]))).toEqual(['TXT 9 A\\x00\\xff']);
    expect(render(16, Buffer.from([2, 0x61, 0x7f]))).toEqual(['TXT 5 a\\x7f']);
    expect(render(16, Buffer.from([4, 0x1f, 0x20, 0x7e, 0x7f]))).toEqual(['TXT 10 \\x1f ~\\x7f']);
    expect(render(16, Buffer.from('\x04caf\u00e9'.slice(0, 4)))).toBeNull();
  });
});
