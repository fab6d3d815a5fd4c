import type { Plugin } from 'esbuild';

/**
 * Takes node:http by `require`. An `import` of it makes Node 24 read each of its exports, among them getters that load
 * undici: 40 ms of processor time before a program begins.
 */
export const requireHttp: Plugin = {
  name: 'require-http',
  setup(build) {
    const namespace = 'require-http';
    build.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'require-call' ? undefined : { path: 'node:http', namespace },
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `module.exports = require('${path}');`,
    }));
  },
};
