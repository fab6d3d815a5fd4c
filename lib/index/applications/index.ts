/** The applications that the index understands: DNS, TLS, QUIC and HTTP with rows, others by name. */

import type { Analysers, AnalysisContext, Protocol, StartAnalysers } from '../analyser.ts';
import { DnsDatagrams, DnsStream, isDnsQuery } from './dns/conversation.ts';
import { isDnsHeader } from './dns/message.ts';
import { RowBuffer } from './row-buffer.ts';
import { tcpService, udpService } from './services.ts';
import { TlsStream } from './tls/conversation.ts';
import { startsHandshake } from './tls/recognise.ts';

const DNS_PORTS = new Set([53, 5353, 5355]);

export const startAnalysers: StartAnalysers = (context: AnalysisContext): Analysers => {
  const dns = new RowBuffer('dns', context.sink, context.epoch);
  const ssl = new RowBuffer('ssl', context.sink, context.epoch);
  const dnsDatagrams: Protocol = { service: 'dns', open: flow => new DnsDatagrams(flow, dns) };
  const dnsStream: Protocol = { service: 'dns', open: flow => new DnsStream(flow, dns) };
  const tls: Protocol = { service: 'tls', open: flow => new TlsStream(flow, ssl) };

  return {
    recognise(transport, origPort, respPort, direction, bytes, start, end) {
      const dnsPort = DNS_PORTS.has(respPort) || DNS_PORTS.has(origPort);
      if (transport === 'udp') {
        if (dnsPort ? isDnsHeader(bytes, start, end) : isDnsQuery(bytes, start, end)) return dnsDatagrams;
        return udpService(origPort, respPort, bytes, start, end);
      }
      if (transport === 'tcp') {
        if (startsHandshake(bytes, start, end)) return tls;
        // Some resolvers send the length in a segment of its own.
        if (dnsPort && (end - start === 2 || isDnsHeader(bytes, start + 2, end))) return dnsStream;
        return tcpService(respPort, direction, bytes, start, end);
      }
      return undefined;
    },
    finish() {
      dns.flush();
      ssl.flush();
    },
  };
};
