import { CryptoStream } from '../../../../../lib/index/applications/quic/crypto-stream.ts';
import { readFrames } from '../../../../../lib/index/applications/quic/frames.ts';
import { decrypt, initialKeys } from '../../../../../lib/index/applications/quic/keys.ts';
import { parseLongPacket, VERSION_2 } from '../../../../../lib/index/applications/quic/packet.ts';

const ID = Buffer.from('8394c8f03e515708', 'hex'); // of all examples in the appendices

describe('RFC 9001, appendix A', () => {
  test('A.1: keys', () => {
    const { client, server } = initialKeys(1, ID);
    expect(client.key.toString('hex')).toBe('1f369613dd76d5467730efcbe3b1a22d');
    expect(client.iv.toString('hex')).toBe('fa044b2f42a3fd3b46fb255c');
    expect(client.headerProtection.toString('hex')).toBe('9f50449e04a0e810283a1e9933adedd2');
    expect(server.key.toString('hex')).toBe('cf3a5331653c364c88f0f379b6067e37');
    expect(server.iv.toString('hex')).toBe('0ac1493ca1905853b0bba03e');
    expect(server.headerProtection.toString('hex')).toBe('c206b8d9b9f0f37644430b490eeaa314');
  });

  test("A.3: the server's Initial packet", () => {
    const packet = Buffer.from(
      'cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb3' +
        '8cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84' +
        '022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee',
      'hex',
    );
    const long = parseLongPacket(packet, 0, packet.length)!;
    expect(long).toMatchObject({ type: 'initial', version: 1, end: packet.length });
    const { server, client } = initialKeys(1, ID);
    const text = decrypt(server, packet, 0, long.packetNumber, long.end, packet.length)!;
    expect(text.toString('hex')).toBe(
      '02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200' +
        '130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00' +
        '020304',
    );
    expect(decrypt(client, packet, 0, long.packetNumber, long.end, packet.length)).toBeUndefined();
    packet[packet.length - 1]! ^= 1;
    expect(decrypt(server, packet, 0, long.packetNumber, long.end, packet.length)).toBeUndefined();
  });
});

test('RFC 9369, appendix A.1: keys of version 2', () => {
  const { client, server } = initialKeys(VERSION_2, ID);
  expect(client.key.toString('hex')).toBe('8b1a0bc121284290a29e0971b5cd045d');
  expect(client.iv.toString('hex')).toBe('91f73e2351d8fa91660e909f');
  expect(client.headerProtection.toString('hex')).toBe('45b95e15235d6f45a6b19cbcb0294ba9');
  expect(server.key.toString('hex')).toBe('82db637861d55e1d011f19ea71d5d2a7');
});

describe('CRYPTO frames', () => {
  test('in any order, overlapping and repeated, are one stream', () => {
    const all = Buffer.from('the handshake of one side');
    const parts = [
      [10, 18],
      [0, 4],
      [3, 12],
      [0, 4],
      [16, 25],
    ] as const;
    const stream = new CryptoStream();
    for (const [from, to] of parts) stream.add(from, all.subarray(from, to));
    expect(Buffer.from(stream.start)).toEqual(all);
  });

  test('wait for what is missing, and stop at a bound', () => {
    const stream = new CryptoStream();
    stream.add(5, Buffer.from('later'));
    expect(stream.start).toHaveLength(0);
    stream.add(1 << 30, Buffer.from('far'));
    stream.add(0, Buffer.from('first'));
    expect(Buffer.from(stream.start).toString()).toBe('firstlater');
  });

  test('are found between padding, pings and acknowledgements', () => {
    const frames = Buffer.from('0001010200000000060003616263000602', 'hex');
    const seen: string[] = [];
    readFrames(frames, {
      crypto: (offset, data) => seen.push(`${offset} ${Buffer.from(data)}`),
      close: () => {},
    });
    expect(seen).toEqual(['0 abc']);
  });

  test('an alert comes as the error of a CONNECTION_CLOSE', () => {
    let error = 0;
    readFrames(Buffer.from('1c41780000', 'hex'), { crypto: () => {}, close: code => (error = code) });
    expect(error).toBe(0x178);
  });
});
