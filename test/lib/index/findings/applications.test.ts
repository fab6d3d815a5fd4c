import { createFindings } from '../../../../lib/index/findings/index.ts';
import { batchOf, http, ssl, times } from './batches.ts';
import { find, only } from './find.ts';

describe('applications', () => {
  test('tls-failed: by alert and name', () => {
    const bad = () => ssl({ established: false, alert: 'unknown_ca' });
    const found = only({ ssl: [bad(), ssl()] });
    expect(found).toMatchObject({ rule: 'tls-failed', severity: 'medium', count: 1 });
    expect(found.title).toBe(
      '1 TLS handshake with api.test at 10.0.0.2:80 failed with unknown_ca: the issuer of the certificate is not trusted.',
    );
  });

  test('tls-failed: not without an alert, nor with one after the handshake', () => {
    const bad = { established: null, alert: 'unknown_ca' };
    expect(only({ ssl: [ssl(bad), ssl({ established: false, alert: null })] })).toMatchObject({ count: 1 });
    expect(
      find({ ssl: [ssl({ established: true, alert: 'unknown_ca' }), ssl({ established: null })] }),
    ).toEqual([]);
  });

  test('http-failed: shares are of the requests to one address, port and host name', () => {
    const to = (id_resp_h: string | null, id_resp_p: number | null, host: string | null, status_code = 500) =>
      http({ id_resp_h, id_resp_p, host, status_code });
    const bad = [
      to('10.0.0.2', 80, 'a.test'),
      to('10.0.0.2', 80, 'b.test'),
      to('10.0.0.2', 81, 'a.test'),
      to('10.0.0.3', 80, 'a.test'),
      to('10.0.0.3', 80, null),
      to(null, null, null),
    ];
    const fine = bad.map(row => ({ ...row, status_code: 200 }));
    const rows = [...fine, ...bad, ...fine, ...bad, ...fine, to('10.0.0.2', 80, 'b.test', 200)];
    const shares = find({ http: rows }).map(({ count, evidence }) => [
      ...[evidence.server, evidence.host],
      ...[count, evidence.requests],
    ]);
    expect(shares.sort()).toEqual([
      ['10.0.0.2:80', 'a.test', 2, 5],
      ['10.0.0.2:80', 'b.test', 2, 6],
      ['10.0.0.2:81', 'a.test', 2, 5],
      ['10.0.0.3:80', null, 2, 5],
      ['10.0.0.3:80', 'a.test', 2, 5],
      [':0', null, 2, 5],
    ]);
  });

  test('http-failed: servers that come first are counted', () => {
    const findings = createFindings('x');
    const to = (host: string, status_code: number) => http({ host, status_code });
    for (let i = 0; i < 21; i++)
      findings.observe(
        batchOf(
          'http',
          times(1000, j => to(`${i}.${j}`, 200)),
        ),
      );
    findings.observe(
      batchOf(
        'http',
        times(6, i => to(i % 2 === 0 ? '20.1' : '19.999', 500)),
      ),
    );
    expect(findings.finish().map(({ evidence }) => [evidence.host, evidence.requests])).toEqual([
      ['19.999', 4],
    ]);
  });

  test('http-failed: 5xx by server, with what failed most', () => {
    const bad = (i: number) => http({ status_code: 503, method: 'POST', uri: `/cart?id=${i}` });
    const found = only({ http: [...times(97, () => http()), ...times(3, bad)] });
    expect(found).toMatchObject({ rule: 'http-failed', severity: 'medium', count: 3 });
    expect(found.title).toContain('most with 503 POST /cart.');
  });

  test('grpc-failed: a status that HTTP calls 200', () => {
    const call = (grpc_status: number) => http({ uri: '/shop.Cart/Add', grpc_status });
    const found = only({ http: [...times(8, () => call(0)), ...times(2, () => call(14)), call(5)] });
    expect(found).toMatchObject({ rule: 'grpc-failed', severity: 'high', count: 2, evidence: { calls: 11 } });
    expect(found.title).toContain('UNAVAILABLE /shop.Cart/Add');
  });

  test('grpc-failed: among calls only, apart from what fails otherwise', () => {
    const call = (grpc_status: number | null, status_code = 200) => http({ grpc_status, status_code });
    const rows = [call(null), call(14, 503), call(0), call(null, 500), call(null), call(14), call(0)];
    const found = find({ http: rows }).map(({ rule, count, evidence }) => [
      ...[rule, count],
      evidence.calls ?? evidence.requests,
    ]);
    expect(found.sort()).toEqual([
      ['grpc-failed', 2, 4],
      ['http-failed', 2, 7],
    ]);
  });
});
