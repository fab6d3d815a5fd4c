import { paths } from '../../lib/kubernetes/paths.ts';
import { parseArguments } from '../arguments.ts';
import { CLUSTER_OPTIONS, CLUSTER_USAGE, getCapture, openCluster } from '../cluster.ts';

export const usage = `Usage: capturectl delete NAME

Deletes a Capture and its Jobs; one that is running stops, and uploads what it has. Uploaded files and their index stay.

${CLUSTER_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArguments(args, CLUSTER_OPTIONS, { name: 'NAME', least: 1, most: 1 });
  using cluster = await openCluster(values);
  const { metadata } = await getCapture(cluster, positionals[0]!);
  await cluster.client.delete(paths.captures(metadata.namespace, metadata.name), { uid: metadata.uid });
  process.stdout.write(`Capture ${metadata.namespace}/${metadata.name} is being deleted\n`);
  return 0;
}
