import { parseArguments } from '../arguments.ts';
import { jobsOf, stateOf } from '../capture-state.ts';
import { CLUSTER_OPTIONS, CLUSTER_USAGE, getCapture, openCluster } from '../cluster.ts';
import { drawingOf, drawTable } from '../text-table.ts';

export const usage = `Usage: capturectl status NAME [--json]

Tells how far a Capture is. The exit code is 1 when it has failed.

  --json                    the Capture as one JSON object
${CLUSTER_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const options = { ...CLUSTER_OPTIONS, json: { type: 'boolean' } } as const;
  const { values, positionals } = parseArguments(args, options, { name: 'NAME', least: 1, most: 1 });
  using cluster = await openCluster(values);
  const capture = await getCapture(cluster, positionals[0]!);
  if (values.json) process.stdout.write(`${JSON.stringify(capture)}\n`);
  else {
    const { metadata, status } = capture;
    const rows = [
      ['Capture', `${metadata.namespace}/${metadata.name}`],
      ['State', stateOf(capture)],
      ['Jobs done', jobsOf(capture)],
      ['Started', status.startTime ?? ''],
      ['Ended', status.completionTime ?? ''],
      ...(status.conditions ?? []).map(({ type, message }) => [`Condition ${type}`, message]),
    ];
    process.stdout.write(
      drawTable(['', ''], rows, { ...drawingOf(process.stdout), width: undefined }).trimStart(),
    );
  }
  const failed = capture.status.conditions?.some(({ type, status }) => type === 'error' && status === 'True');
  return failed ? 1 : 0;
}
