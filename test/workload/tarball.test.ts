import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { inflateRawSync } from 'node:zlib';
import { BLOCK_BYTES } from '../../lib/pcap/container/gzip-member.ts';
import { tarball } from '../../workload/tarball.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tarball-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('tarball', () => {
  it('is an ordinary tar.gz whose captures come first', async () => {
    const pcap = randomBytes(3 * BLOCK_BYTES + 17);
    mkdirSync(join(directory, 'in', 'proc-net'), { recursive: true });
    for (const [name, content] of Object.entries({
      'x.pcap0': pcap,
      'x.pcap1': 'one',
      'a.txt': 'a',
      'proc-net/arp': '',
    })) {
      writeFileSync(join(directory, 'in', name), content);
    }
    const file = join(directory, 'out.tar.gz');
    writeFileSync(file, await buffer(tarball(join(directory, 'in'))));

    execFileSync('gzip', ['-t', file]);
    const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');
    expect(names).toEqual(['x.pcap0', 'x.pcap1', 'a.txt', 'proc-net/', 'proc-net/arp']);
    execFileSync('tar', ['-xzf', file, '-C', directory]);
    expect(readFileSync(join(directory, 'x.pcap0'))).toEqual(pcap);
  });

  it('puts a ring of captures in order of time, wherever it begins', async () => {
    for (const [name, seconds] of Object.entries({ 'x.pcap0': 30, 'x.pcap1': 40, 'x.pcap2': 20 })) {
      writeFileSync(join(directory, name), name);
      utimesSync(join(directory, name), seconds, seconds);
    }
    const names = execFileSync('tar', ['-tz'], { input: await buffer(tarball(directory)), encoding: 'utf8' });
    expect(names.trim().split('\n')).toEqual(['x.pcap2', 'x.pcap0', 'x.pcap1']);
  });

  it('is a row of gzip members, each of which can be read alone', async () => {
    writeFileSync(join(directory, 'x.pcap'), Buffer.alloc(5 * BLOCK_BYTES, 'abcdefg'));
    let members = 0;
    let length = 0;
    for await (const member of tarball(directory)) {
      expect([...member.subarray(0, 3)]).toEqual([0x1f, 0x8b, 8]);
      const plain = inflateRawSync(member.subarray(10, -8)); // whole deflate stream between header and trailer
      expect(plain.length).toBe(member.readUInt32LE(member.length - 4));
      expect(plain.length).toBeLessThanOrEqual(BLOCK_BYTES);
      members++;
      length += plain.length;
    }
    expect(members).toBe(Math.ceil(length / BLOCK_BYTES));
    expect(members).toBeGreaterThan(5);
  });

  it('keeps file names that look like options or hold odd characters', async () => {
    const odd = ['-rf.pcap', '--checkpoint-action=exec=x.pcap', 'a b\nc.pcap'];
    for (const name of odd) writeFileSync(join(directory, name), name);
    const file = join(tmpdir(), `odd-${process.pid}.tar.gz`);
    writeFileSync(file, await buffer(tarball(directory)));
    const names = execFileSync('tar', ['-tzf', file, '--quoting-style=literal', '--null'], {
      encoding: 'utf8',
    });
    rmSync(file);
    for (const name of odd) expect(names).toContain(name);
  });

  it('fails when a file cannot be read', async () => {
    const gone = join(directory, 'gone');
    await expect(buffer(tarball(gone))).rejects.toThrow('ENOENT');
  });
});
