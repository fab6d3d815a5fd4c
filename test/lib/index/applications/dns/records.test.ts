import { parseDnsMessage } from '../../../../../lib/index/applications/dns/message.ts';
import { answer, name, query, u16be } from './wire.ts';

function render(type: number, data: Buffer): readonly string[] | undefined {
  const message = answer(query(1, 'example.com', type), 0, [{ type, data }]);
  return parseDnsMessage(message, 0, message.length)?.answers;
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
  ])('%s is left out', (_, type, data) => {
    expect(render(type, data)).toEqual([]);
  });

  test('text that is no text is escaped', () => {
    expect(render(16, Buffer.from([3, 0x41, 0x00, 0xff]))).toEqual(['TXT 9 A\\x00\\xff']);
    expect(render(16, Buffer.from('\x04caf\u00e9'.slice(0, 4)))).toEqual([]);
  });
});
