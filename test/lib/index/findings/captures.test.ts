import { join } from 'node:path';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { fileSource } from '../../../../lib/index/engine/source.ts';
import { createFindings } from '../../../../lib/index/findings/index.ts';

/** Rules and sentences of the findings of a capture, through the engine. */
async function findingsOf(name: string): Promise<string[][]> {
  const path = join(import.meta.dirname, '../../../captures', name);
  const findings = createFindings(name);
  const sink = { write: findings.observe, drain: async () => {} };
  await indexCapture(fileSource(path), sink, { analysers: startAnalysers });
  const found = findings.finish();
  findings.end();
  return found.map(({ rule, severity, title }) => [severity, rule, title]);
}

test('faults between two hosts are told apart', async () => {
  expect(await findingsOf('faults.pcap')).toEqual([
    [
      'high',
      'retransmissions',
      expect.stringMatching(/^80 % of the packets from 10\.9\.0\.1 to 10\.9\.0\.2:7001/),
    ],
    ['high', 'connection-reset', expect.stringMatching(/^4 connections to 10\.9\.0\.2:7003 \(100 %\)/)],
    [
      'high',
      'mtu-black-hole',
      expect.stringMatching(/^Full-sized packets from 10\.9\.0\.1 to 10\.9\.0\.2:7001/),
    ],
    ['medium', 'connection-refused', expect.stringMatching(/^10\.9\.0\.2:7999 refused 4 connections/)],
    ['medium', 'connection-unanswered', expect.stringMatching(/^10\.9\.0\.77:80 did not answer 3/)],
  ]);
});

test('a receiver that reads too slowly is found, and nothing else', async () => {
  expect(await findingsOf('zero-window.pcap')).toEqual([
    ['medium', 'zero-window', expect.stringMatching(/^10\.9\.0\.2:7002 closed its receive window/)],
  ]);
});

test('calls that failed under a status of 200 are found in HTTP/2', async () => {
  expect(await findingsOf('http2.pcap')).toEqual([
    ['high', 'grpc-failed', expect.stringMatching(/^2 gRPC calls to 127\.0\.0\.1:15051 \(33 %\) failed/)],
  ]);
});

test('handshakes that failed are found, those that went well are not', async () => {
  const alerts = (await findingsOf('tls.pcap')).map(([, rule, title]) => [
    rule,
    / with (\w+):/.exec(title!)?.[1],
  ]);
  expect(alerts.sort()).toEqual([
    ['tls-failed', 'protocol_version'],
    ['tls-failed', 'unknown_ca'],
    ['tls-failed', 'unknown_ca'],
  ]);
});
