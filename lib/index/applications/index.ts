/** The applications that the index understands: DNS, TLS, QUIC and HTTP with rows, others by name. */

import type { Analysers, AnalysisContext, Protocol, StartAnalysers } from '../analyser.ts';
import { DnsDatagrams, DnsStream, isDnsQuery } from './dns/conversation.ts';
import { isDnsHeader } from './dns/message.ts';
import { DnsColumns } from './dns/rows.ts';
import { HttpStream, type OpenNext } from './http/conversation.ts';
import { startsRequest, startsResponse } from './http/head.ts';
import { HttpColumns } from './http/rows.ts';
import { Http2Stream, startsPreface } from './http2/conversation.ts';
import { QuicDatagrams, startsQuic } from './quic/conversation.ts';
import { RowBuffer } from './row-buffer.ts';
import { type Service, tcpService, udpService } from './services.ts';
import { TlsStream } from './tls/conversation.ts';
import { startsHandshake } from './tls/recognise.ts';
import { SslColumns } from './tls/rows.ts';
import { StartTlsStream } from './tls/starttls.ts';

function isDnsPort(port: number): boolean {
  return port === 53 || port === 5353 || port === 5355;
}

export const startAnalysers: StartAnalysers = (context: AnalysisContext): Analysers => {
  const dns = new RowBuffer('dns', context, new DnsColumns());
  const ssl = new RowBuffer('ssl', context, new SslColumns());
  const http = new RowBuffer('http', context, new HttpColumns());
  const dnsDatagrams: Protocol = { service: 'dns', open: flow => new DnsDatagrams(flow, dns) };
  const dnsStream: Protocol = { service: 'dns', open: flow => new DnsStream(flow, dns) };
  const tls: Protocol = { service: 'tls', open: flow => new TlsStream(flow, ssl) };
  const http2: Protocol = { service: 'http2', open: flow => new Http2Stream(flow, http) };
  const openNext: OpenNext = (flow, upgraded) =>
    upgraded ? new Http2Stream(flow, http, upgraded) : new TlsStream(flow, ssl);
  const quic: Protocol = { service: 'quic', open: flow => new QuicDatagrams(flow, ssl) };
  const http1: Protocol = { service: 'http', open: flow => new HttpStream(flow, http, openNext) };

  const services = new Map<Service, Protocol>();
  function named(service: Service | undefined): Protocol | undefined {
    if (service === undefined) return undefined;
    let protocol = services.get(service);
    if (protocol === undefined) {
      const { name, startTls } = service;
      protocol = startTls
        ? { service: name, open: flow => new StartTlsStream(flow, ssl) }
        : { service: name };
      services.set(service, protocol);
    }
    return protocol;
  }

  return {
    recognise(transport, origPort, respPort, direction, bytes, start, end) {
      const dnsPort = isDnsPort(respPort) || isDnsPort(origPort);
      if (transport === 'udp') {
        if (dnsPort ? isDnsHeader(bytes, start, end) : isDnsQuery(bytes, start, end)) return dnsDatagrams;
        if (startsQuic(bytes, start, end)) return quic;
        return named(udpService(origPort, respPort, bytes, start, end));
      }
      if (transport === 'tcp') {
        if (startsHandshake(bytes, start, end)) return tls;
        if (startsPreface(bytes, start, end)) return http2;
        if (startsRequest(bytes, start, end) || startsResponse(bytes, start, end)) return http1;
        // Some resolvers send the length in a segment of its own.
        if (dnsPort && (end - start === 2 || isDnsHeader(bytes, start + 2, end))) return dnsStream;
        return named(tcpService(respPort, direction, bytes, start, end));
      }
      return undefined;
    },
    finish() {
      dns.flush();
      ssl.flush();
      http.flush();
    },
  };
};
