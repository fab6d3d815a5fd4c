import { Feed, flowRef, Harness } from './harness.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('a service is named by its first payload', () => {
  test.each<[string, 'tcp' | 'udp', number, 0 | 1, string | Buffer]>([
    ['ssh', 'tcp', 2222, 1, 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['smtp', 'tcp', 25, 1, '220 mail.test ESMTP\r\n'],
    ['ftp', 'tcp', 21, 1, '220 ready\r\n'],
    ['pop3', 'tcp', 110, 1, '+OK hello\r\n'],
    ['imap', 'tcp', 143, 1, '* OK ready\r\n'],
    ['xmpp', 'tcp', 5222, 0, '<?xml version="1.0"?><stream:stream to="x">'],
    ['irc', 'tcp', 6667, 0, 'CAP LS 302\r\n'],
    ['http', 'tcp', 8080, 0, 'CCM_POST /x HTTP/1.1\r\n\r\n'],
    ['', 'tcp', 8080, 0, 'SEARCH /x\r\n'],
    ['mysql', 'tcp', 3306, 1, hex('4a0000 00 0a 382e302e333600 0800')],
    ['postgresql', 'tcp', 5432, 0, hex('00000008 04d2162f')],
    ['postgresql', 'tcp', 6432, 0, hex('00000029 00030000 7573657200')],
    ['redis', 'tcp', 6379, 0, '*1\r\n$4\r\nPING\r\n'],
    ['mqtt', 'tcp', 1883, 0, hex('10 10 0004 4d515454 04 02 003c 0004 74657374')],
    ['amqp', 'tcp', 5672, 0, 'AMQP\0\0\x09\x01'],
    ['kafka', 'tcp', 9092, 0, hex('00000020 0012 0003 00000001 0006')],
    ['mongodb', 'tcp', 27017, 0, hex('3a000000 01000000 00000000 dd070000 00000000')],
    ['smb', 'tcp', 445, 0, hex('00000054 fe534d42 40000000')],
    ['ldap', 'tcp', 389, 0, hex('300c 020101 6007 020103 0400 8000')],
    ['ntp', 'udp', 123, 0, hex(`23${'00'.repeat(47)}`)],
    ['dhcp', 'udp', 67, 0, Buffer.concat([Buffer.from([1, 1, 6, 0]), Buffer.alloc(232), hex('63825363')])],
    ['stun', 'udp', 3478, 0, hex(`0001 0000 2112a442 ${'00'.repeat(12)}`)],
    ['ssdp', 'udp', 1900, 0, 'M-SEARCH * HTTP/1.1\r\n'],
    ['syslog', 'udp', 514, 0, '<34>Oct 11 22:14:15 host su: failed'],
    ['wireguard', 'udp', 51820, 0, hex(`01000000${'ab'.repeat(144)}`)],
    ['rdp', 'tcp', 3389, 0, hex('0300 0013 0ee0')],
    ['', 'tcp', 3389, 0, hex('03')],
    ['', 'tcp', 12345, 0, hex('00010203')],
    ['', 'udp', 12345, 0, hex('00010203')],
  ])('%s over %s to port %i', (service, proto, respPort, direction, payload) => {
    const feed = new Feed(new Harness(), flowRef({ proto, respPort }));
    feed.send(direction, payload).end();
    expect(feed.service).toBe(service);
  });

  test('ports of the originator count where that answers', () => {
    const feed = new Feed(new Harness(), flowRef({ proto: 'udp', origPort: 123, respPort: 40000 }));
    expect(feed.send(0, hex(`24${'00'.repeat(47)}`)).service).toBe('ntp');
  });
});
