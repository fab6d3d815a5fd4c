import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjects } from '../lib/storage/objects.ts';
import { type Outcome, StepFailed } from './first-capture.ts';
import type { Platform } from './platform.ts';

/** Holds what tcpdump reported against what the index found and, where it is installed, what capinfos counts. */
export async function checkPackets(
  platform: Platform,
  outcomes: Outcome[],
  say: (step: string, detail: string) => void,
): Promise<void> {
  for (const { node, report, counts, key } of outcomes) {
    const counted = { tcpdump: report.packets, index: counts.packets, ...(await capinfos(platform, key)) };
    const text = Object.entries(counted).map(([tool, packets]) => `${tool} ${packets}`);
    if (new Set(Object.values(counted)).size !== 1) {
      throw new StepFailed(`${node}: packet counts differ: ${text.join(', ')}`);
    }
    if (counts.packets === 0) throw new StepFailed(`${node}: nothing was captured`);
    say('checked', `${node}: ${text.join(' = ')} packets`);
  }
}

async function capinfos(platform: Platform, key: string): Promise<{ capinfos?: number }> {
  if (spawnSync('capinfos', ['--version'], { stdio: 'ignore' }).error) return {};
  const archive = await createObjects(platform.bucket).get(key);
  if (!archive) throw new StepFailed(`${key} is not in the bucket`);
  const folder = mkdtempSync(join(tmpdir(), 'serverless-capture-'));
  try {
    await writeFile(join(folder, 'capture.tar.gz'), archive);
    spawnSync('tar', ['-xzf', 'capture.tar.gz'], { cwd: folder });
    const files = readdirSync(folder).filter(name => /\.pcap\d*$/.test(name));
    const counts = files.map(file => {
      const { stdout } = spawnSync('capinfos', ['-c', '-M', '-T', '-r', file], {
        cwd: folder,
        encoding: 'utf8',
      });
      return Number(stdout.trim().split('\t')[1]);
    });
    return { capinfos: counts.reduce((sum, count) => sum + count, 0) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
