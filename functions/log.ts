/** One JSON object a line, as log insights and EMF read it. Never given specs, tokens or packets. */
export function log(level: 'info' | 'warn' | 'error', message: string, facts: Record<string, unknown> = {}) {
  console.log(JSON.stringify({ level, message, ...facts }));
}

/** A metric in CloudWatch's embedded metric format: extracted from the log, so that no call is made. */
export function metric(name: string, value: number, unit: 'Count' | 'Milliseconds', cluster: string) {
  const directive = {
    Namespace: 'ServerlessCapture',
    Dimensions: [['Cluster']],
    Metrics: [{ Name: name, Unit: unit }],
  };
  const _aws = { Timestamp: Date.now(), CloudWatchMetrics: [directive] };
  console.log(JSON.stringify({ _aws, Cluster: cluster, [name]: value }));
}
