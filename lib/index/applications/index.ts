/** The applications that the index understands: DNS, TLS, QUIC and HTTP with rows, others by name. */

import type { Analysers, AnalysisContext, StartAnalysers } from '../analyser.ts';
import { DNS, HTTP, SSL } from '../kernel/tables.ts';
import { ApplicationHost } from './host.ts';

export const startAnalysers: StartAnalysers = (context: AnalysisContext): Analysers => {
  const { kernel } = context;
  const host = new ApplicationHost(context);
  kernel.host = host;
  return {
    services: host.services,
    finish() {
      for (const table of [DNS, SSL, HTTP]) kernel.exports.flush(table);
    },
  };
};
