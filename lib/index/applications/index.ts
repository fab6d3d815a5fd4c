/** The applications that the index understands: DNS, TLS, QUIC and HTTP with rows, others by name. */

import type { Analysers, AnalysisContext, StartAnalysers } from '../analyser.ts';
import { DNS, HTTP, SSL } from '../kernel/tables.ts';
import { ApplicationHost } from './host.ts';
import { SERVICES } from './services.ts';

export const startAnalysers: StartAnalysers = (context: AnalysisContext): Analysers => {
  const { kernel } = context;
  kernel.host = new ApplicationHost(context);
  return {
    services: SERVICES,
    finish() {
      for (const table of [DNS, SSL, HTTP]) kernel.exports.flush(table);
    },
  };
};
