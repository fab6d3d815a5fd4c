/** A cluster and one node as a process of their own, which a test can kill: `node platform.ts DATADIR PORT`. */

import { startCluster } from '../../../local/cluster/server.ts';
import { startNodes } from '../../../local/node/start.ts';

const [dataDir, port] = process.argv.slice(2) as [string, string];
const cluster = await startCluster({ dataDir, port: Number(port) });
const nodes = startNodes({
  clusterUrl: cluster.url,
  dataDir,
  nodes: [{ name: 'node-1' }],
  podEnv: {},
  images: { host: [] },
});
process.on('SIGTERM', async () => {
  await nodes.close();
  await cluster.close();
});
console.log(cluster.url);
