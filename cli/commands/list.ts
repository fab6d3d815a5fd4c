import { Capture } from '../../lib/capture/resource.ts';
import type { Resource } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { parseArguments } from '../arguments.ts';
import { ageOf, jobsOf, stateOf } from '../capture-state.ts';
import { CLUSTER_OPTIONS, CLUSTER_USAGE, openCluster } from '../cluster.ts';
import { drawingOf, drawTable } from '../text-table.ts';

export const usage = `Usage: capturectl list [-A] [--json]

Lists the Captures of a namespace.

  -A, --all-namespaces      those of all namespaces
  --json                    one JSON object per Capture, on one line
${CLUSTER_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const options = {
    ...CLUSTER_OPTIONS,
    'all-namespaces': { type: 'boolean', short: 'A' },
    json: { type: 'boolean' },
  } as const;
  const { values } = parseArguments(args, options, { name: '', least: 0, most: 0 });
  using cluster = await openCluster(values);
  const path = values['all-namespaces'] ? paths.allCaptures : paths.captures(cluster.namespace);
  const { items } = await cluster.client.list<Resource, Capture>(path, {}, item => Capture.parse(item));
  if (values.json) for (const capture of items) process.stdout.write(`${JSON.stringify(capture)}\n`);
  else if (items.length === 0) {
    const where = values['all-namespaces'] ? 'any namespace' : `${cluster.namespace} namespace`;
    process.stdout.write(`No Capture found in ${where}.\n`);
  } else {
    const heads = ['NAMESPACE', 'CAPTURE NAME', 'STATE', 'JOBS', 'AGE'];
    const rows = items.map(capture => [
      capture.metadata.namespace,
      capture.metadata.name,
      stateOf(capture),
      jobsOf(capture),
      ageOf(capture.metadata.creationTimestamp, Date.now()),
    ]);
    process.stdout.write(drawTable(heads, rows, drawingOf(process.stdout)));
  }
  return 0;
}
