/** What every program of the world is told, as JSON in its only argument. */
export interface Settings {
  ip: string; // its own address
  dns: string; // the cluster's name server
  names: Record<string, string>; // cluster names and their addresses, for the name server
  tls?: { key: string; cert: string };
}

export const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;

process.stdin.on('close', () => process.exit()).resume(); // the platform has ended

/** Runs `step` for ever, `milliseconds` apart; what goes wrong in it is the point of this world. */
export async function forever(milliseconds: number, step: (round: number) => Promise<void>): Promise<never> {
  for (let round = 0; ; round++) {
    await step(round).catch(() => undefined);
    await new Promise(resolve => setTimeout(resolve, milliseconds));
  }
}
