import { join } from 'node:path';
import { pick, tablesOf } from './captures.ts';

const capture = (name: string) => tablesOf(join(import.meta.dirname, '../../../captures', name));

describe('TLS, by OpenSSL', () => {
  test('every handshake is a row that says how it went', async () => {
    const rows = (await capture('tls.pcap'))('ssl');
    expect(
      pick(rows, 'server_name', 'version', 'curve', 'next_protocol', 'resumed', 'established', 'alert'),
    ).toEqual([
      ['api.shop.test', 'TLSv13', 'x25519', 'h2', 0, 1, null],
      ['api.shop.test', 'TLSv13', 'x25519', null, 1, 1, null],
      ['retry.shop.test', 'TLSv13', 'secp384r1', null, 0, 1, null],
      ['old.shop.test', 'TLSv12', 'x25519', null, 0, 1, null],
      ['old.shop.test', 'TLSv12', null, null, 1, 1, null],
      ['untrusted.shop.test', 'TLSv12', 'x25519', null, 0, 0, 'unknown_ca'],
      ['untrusted.shop.test', 'TLSv13', 'x25519', null, 0, 0, 'unknown_ca'],
      ['new.shop.test', 'TLSv13', null, null, 0, 0, 'protocol_version'],
      [null, 'TLSv13', 'x25519', null, 0, 1, null],
    ]);
    expect(new Set(rows.map(row => row.cipher))).toEqual(
      new Set(['TLS_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', null]),
    );
    expect(rows.map(row => row.truncated)).not.toContain(1);
  });
});

describe('by Go', () => {
  test('a post-quantum hello, and a client that refuses the certificate behind encryption', async () => {
    const rows = (await capture('http.pcap'))('ssl');
    expect(pick(rows, 'server_name', 'curve', 'next_protocol', 'ja4', 'established', 'alert')).toEqual([
      ['quantum.shop.test', 'X25519MLKEM768', 'http/1.1', 't13d1312h1_f57a46bbacb6_ab7e3b40a677', 1, null],
      [
        'refused.shop.test',
        'X25519MLKEM768',
        null,
        't13d131100_f57a46bbacb6_ab7e3b40a677',
        0,
        'encrypted_alert',
      ],
    ]);
  });

  test('pipelined HTTP/1.1, bodies of every kind', async () => {
    const rows = (await capture('http.pcap'))('http').filter(row => row.version === '1.1');
    expect(
      pick(rows, 'method', 'host', 'uri', 'status_code', 'request_body_len', 'response_body_len'),
    ).toEqual([
      ['GET', 'shop.test', '/ok?n=1', 200, 0n, 5n],
      ['GET', 'shop.test', '/fail', 503, 0n, 3n],
      ['HEAD', 'shop.test', '/big', 200, 0n, 0n],
      ['GET', 'shop.test', '/big', 200, 0n, 6000n],
      ['GET', 'shop.test', '/chunked', 200, 0n, 21n],
      ['POST', '127.0.0.1:18080', '/post', 200, 1500n, 4n],
    ]);
  });

  test('HTTP/2 by prior knowledge, with the status of a gRPC call from its trailer', async () => {
    const tables = await capture('http.pcap');
    const rows = tables('http').filter(row => row.version === '2');
    expect(
      pick(rows, 'method', 'uri', 'status_code', 'grpc_status', 'response_body_len', 'user_agent'),
    ).toEqual([
      ['GET', '/ok', 200, null, 5n, 'Go-http-client/2.0'],
      ['GET', '/fail', 503, null, 3n, 'Go-http-client/2.0'],
      ['GET', '/big', 200, null, 6000n, 'Go-http-client/2.0'],
      ['GET', '/ok', 200, null, 5n, 'Go-http-client/2.0'],
      ['POST', '/shop.Cart/Add', 200, 14, 5n, 'grpc-go/1.60'],
    ]);
    expect(tables('conn').map(row => row.service)).toEqual(['http', 'http', 'http2', 'tls', 'tls']);
  });
});

describe('HTTP/2', () => {
  test('after an upgrade the first request is answered in stream 1', async () => {
    const rows = (await capture('http2.pcap'))('http').filter(row => row.id_resp_p === 18090);
    expect(pick(rows, 'version', 'method', 'uri', 'status_code', 'user_agent')).toEqual([
      ['2', 'GET', '/upgrade', 200, 'curl/7.88.1'],
      ['2', 'GET', '/fail', 500, 'curl/7.88.1'],
      ['2', 'GET', '/prior', 200, 'curl/7.88.1'],
    ]);
  });

  test('gRPC calls of one connection, whose fields come from the dynamic table', async () => {
    const rows = (await capture('http2.pcap'))('http').filter(row => row.id_resp_p === 15051);
    expect(pick(rows, 'uri', 'status_code', 'grpc_status', 'host')).toEqual([
      ['/shop.Catalog/Get', 200, 0, '127.0.0.1:15051'],
      ['/shop.Catalog/Get', 200, 0, '127.0.0.1:15051'],
      ['/shop.Catalog/Fail', 200, 14, '127.0.0.1:15051'],
      ['/shop.Catalog/Missing', 200, 5, '127.0.0.1:15051'],
      ['/shop.Catalog/Get', 200, 0, '127.0.0.1:15051'],
      ['/shop.Catalog/Fail', 200, 14, '127.0.0.1:15051'],
    ]);
    expect(new Set(rows.map(row => row.user_agent))).toEqual(
      new Set(['grpc-python/1.85.1 grpc-c/58.0.0 (linux; chttp2)']),
    );
  });
});

describe('QUIC, by aioquic', () => {
  test('version 1, version 2, Retry, a hello over two packets, failures', async () => {
    const rows = (await capture('quic.pcap'))('ssl');
    expect(pick(rows, 'server_name', 'version', 'cipher', 'next_protocol', 'established', 'alert')).toEqual([
      ['one.quic.test', 'TLSv13', 'TLS_AES_256_GCM_SHA384', 'h3', 1, null],
      ['two.quic.test', 'TLSv13', 'TLS_AES_256_GCM_SHA384', 'h3', 1, null],
      ['retry.quic.test', 'TLSv13', 'TLS_AES_256_GCM_SHA384', 'h3', 1, null],
      ['large.quic.test', 'TLSv13', 'TLS_AES_256_GCM_SHA384', 'h3', 1, null],
      ['refused.quic.test', 'TLSv13', 'TLS_AES_256_GCM_SHA384', 'h3', 0, null],
      ['alpn.quic.test', 'TLSv13', null, 'nothing', 0, 'no_application_protocol'],
    ]);
    expect(rows.every(row => row.transport === 'quic' && row.truncated === 0)).toBe(true);
    expect(rows[0]!.ja4).toMatch(/^q13d/);
  });
});
