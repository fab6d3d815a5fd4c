import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { run, Sandbox, start, startTraffic, until } from './run.ts';
import { base64Crc, startS3 } from './s3-stand-in.ts';

const FILE = 'sample-node-1-20261122110000UTC';
const otherInterfaces = () => readdirSync('/sys/class/net').filter(name => name !== 'lo');
const closed: (() => unknown)[] = [];
let box: Sandbox;
let env: Record<string, string>;

beforeEach(() => {
  box = new Sandbox();
  box.makeDirectory('/captures');
  env = { HOSTPATH: '/captures', CAPTURE_DURATION: '500ms' };
});
afterEach(async () => {
  for (const close of closed.splice(0)) await close();
  box.remove();
});

async function traffic(bytes?: number) {
  const { port, stop } = await startTraffic(bytes);
  closed.push(stop);
  return port;
}

async function s3(refuse?: Parameters<typeof startS3>[0]) {
  const server = await startS3(refuse);
  closed.push(server.close);
  env.S3_BUCKET = 'bucket';
  env.S3_ENDPOINT = server.url;
  env.S3_REGION = '';
  env.S3_PATH = '/retina//captures/';
  box.write('/etc/s3-upload-secret/s3-access-key-id', 'AKID\n');
  box.write('/etc/s3-upload-secret/s3-secret-access-key', 'secret\n');
  return server;
}

/** The archive's files, unpacked. */
function unpack(archive = box.path(`/captures/${FILE}.tar.gz`)) {
  const directory = box.makeDirectory('/unpacked');
  execFileSync('tar', ['-xzf', archive, '-C', directory]);
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  return { directory, names: readdirSync(directory).sort(), read };
}

function packetsIn(file: string): number {
  return Number(
    /Number of packets:\s+(\d+)/.exec(execFileSync('capinfos', ['-cM', file], { encoding: 'utf8' }))![1],
  );
}

describe('a capture to the node', () => {
  it('holds the packets that tcpdump counted, and nothing else stays', async () => {
    const port = await traffic();
    const { code, report } = await run(box, { ...env, PCAP_FILTER: `tcp port ${port}` });
    expect(report.error).toBeUndefined();
    expect(code).toBe(0);
    const archive = readFileSync(box.path(`/captures/${FILE}.tar.gz`));
    const { directory, names, read } = unpack();
    expect(names).toEqual([`${FILE}.pcap`, 'tcpdump.log']);
    expect(report.packets).toBeGreaterThan(10);
    expect(packetsIn(join(directory, `${FILE}.pcap`))).toBe(report.packets);
    expect(read('tcpdump.log')).toMatch(/^tcpdump -w .*\n\n.*listening on lo/s);
    expect(report).toMatchObject({
      file: `${FILE}.tar.gz`,
      bytes: archive.length,
      sha256: createHash('sha256').update(archive).digest('hex'),
      crc32: base64Crc(archive),
      outputs: [{ type: 'HostPath', path: `/captures/${FILE}.tar.gz` }],
    });
    expect(readdirSync(box.path('/captures'))).toEqual([`${FILE}.tar.gz`]);
    expect(readdirSync(box.path('/tmp'))).toEqual([]);
  });

  it('applies the filter of the user and of the targets together', async () => {
    const port = await traffic();
    const none = await run(box, {
      ...env,
      PCAP_FILTER: `tcp port ${port}`,
      TCPDUMP_FILTER: '(host 192.0.2.1)',
    });
    expect(none).toMatchObject({ code: 0, report: { packets: 0 } });
  });

  it('cuts packets to the packet size', async () => {
    const port = await traffic(1000);
    await run(box, {
      ...env,
      PCAP_FILTER: `tcp port ${port}`,
      CAPTURE_PACKET_SIZE: '60',
      TCPDUMP_FLAGS: '-p -U',
    });
    const { directory } = unpack();
    const info = execFileSync('capinfos', ['-lM', join(directory, `${FILE}.pcap`)], { encoding: 'utf8' });
    expect(info).toMatch(/file hdr: 60 bytes/);
  });

  it('captures every named interface, in one file', async () => {
    const port = await traffic();
    const other = otherInterfaces()[0]!;
    const { code, report } = await run(box, {
      ...env,
      CAPTURE_INTERFACES: `lo,${other}`,
      PCAP_FILTER: `tcp port ${port}`,
    });
    expect(code).toBe(0);
    const { directory, names } = unpack();
    expect(names).toEqual([`${FILE}.pcap`, 'tcpdump.log']);
    const file = join(directory, `${FILE}.pcap`);
    expect(packetsIn(file)).toBe(report.packets);
    expect(report.packets).toBeGreaterThan(10);
    const info = execFileSync('capinfos', ['-EM', file], { encoding: 'utf8' });
    expect(info).toMatch(/linux-sll2/);
  });

  it('leaves out what is seen on other interfaces', async () => {
    const port = await traffic();
    const { code, report } = await run(box, {
      ...env,
      CAPTURE_INTERFACES: otherInterfaces().slice(0, 2).join(','),
      PCAP_FILTER: `tcp port ${port}`,
    });
    expect(code).toBe(0);
    expect(report.packets).toBe(0);
  });

  it('stops at the size', async () => {
    const port = await traffic(600_000);
    const { code } = await run(box, {
      HOSTPATH: '/captures',
      CAPTURE_MAX_SIZE: '2',
      PCAP_FILTER: `tcp port ${port}`,
    });
    expect(code).toBe(0);
    const { directory } = unpack();
    expect(statSync(join(directory, `${FILE}.pcap`)).size).toBeGreaterThanOrEqual(2 * 1024 * 1024);
  });

  it('rotates over the number of files instead of stopping at the size', async () => {
    const port = await traffic(600_000);
    await run(box, {
      ...env,
      CAPTURE_DURATION: '2s',
      CAPTURE_MAX_SIZE: '1',
      CAPTURE_FILE_COUNT: '2',
      PCAP_FILTER: `tcp port ${port}`,
    });
    expect(unpack().names).toEqual([`${FILE}.pcap0`, `${FILE}.pcap1`, 'tcpdump.log']);
  });

  it('ends at SIGTERM and still stores its file', async () => {
    const port = await traffic();
    const { child, finished, output } = start(box, {
      HOSTPATH: '/captures',
      PCAP_FILTER: `tcp port ${port}`,
    });
    await until('the capture', () => output().includes('capturing on lo'));
    await setTimeout(1_000);
    child.kill('SIGTERM');
    const { code, report } = await finished;
    expect(code).toBe(0);
    expect(report.packets).toBeGreaterThan(0);
    expect(existsSync(box.path(`/captures/${FILE}.tar.gz`))).toBe(true);
  });

  it('says in the log what it says in the termination message', async () => {
    const { output, report } = await run(box, env);
    expect(JSON.parse(output.trim().split('\n').at(-1)!)).toEqual(report);
  });

  it('replaces the file of a run that was killed', async () => {
    box.write(`/tmp/${FILE}/${FILE}.pcap`, 'left over');
    box.write(`/captures/${FILE}.tar.gz.partial`, 'left over');
    expect(await run(box, env)).toMatchObject({ code: 0 });
    expect(readdirSync(box.path('/captures'))).toEqual([`${FILE}.tar.gz`]);
    expect(unpack().names).toEqual([`${FILE}.pcap`, 'tcpdump.log']);
  });
});

describe('metadata', () => {
  it('lies beside the packets', async () => {
    const { code } = await run(box, { ...env, INCLUDE_METADATA: 'true' });
    expect(code).toBe(0);
    const { names, read, directory } = unpack();
    expect(names).toEqual([
      'ip-resources.txt',
      'iptables-rules.txt',
      'proc-net',
      'proc-sys-net',
      `${FILE}.pcap`,
      'socket-stats.txt',
      'tcpdump.log',
    ]);
    expect(read('ip-resources.txt')).toMatch(
      /^Summary:\nip -d -j addr show\(.*\)\n.*Execute:\n.*"ifname":"lo"/s,
    );
    expect(readFileSync(join(directory, 'proc-net/dev'), 'utf8')).toContain('lo:');
  });

  it('needs no more capabilities than the Job gives', async () => {
    const capabilities = '-all,+net_raw,+net_admin,+setuid,+setgid'; // lib/capture/jobs.ts
    const within = [
      'setpriv',
      '--no-new-privs',
      `--bounding-set=${capabilities}`,
      `--inh-caps=${capabilities}`,
    ];
    const { code, report } = await run(box, { ...env, INCLUDE_METADATA: 'true' }, within);
    expect(report.error).toBeUndefined();
    expect(code).toBe(0);
    expect(readdirSync(box.path('/tmp'))).toEqual([]);
  });

  it('does without a command that is missing, and says so', async () => {
    const bin = box.makeDirectory('/bin');
    for (const name of ['tcpdump', 'tar', 'cp']) {
      const real = execFileSync('which', [name], { encoding: 'utf8' }).trim();
      writeFileSync(join(bin, name), `#!/bin/sh\nexec ${real} "$@"\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const { code, report } = await run(box, { ...env, INCLUDE_METADATA: 'true', PATH: bin });
    expect(code).toBe(0);
    expect(report.warnings).toContain('iptables-nft-save is not installed');
    expect(unpack().read('socket-stats.txt')).toContain('ss is not installed');
  });
});

describe('a capture to S3', () => {
  it('is one object below the path, with the names that its key cannot tell', async () => {
    const server = await s3();
    const { code, report } = await run(box, {
      ...env,
      CAPTURE_NAMESPACE: 'shop',
      CAPTURE_UID: 'u-1',
      CAPTURE_CLUSTER: 'c',
    });
    expect(report.error).toBeUndefined();
    expect(code).toBe(0);
    const key = `retina/captures/${FILE}.tar.gz`;
    const object = server.objects.get(`/bucket/${key}`)!;
    expect(object.body.equals(readFileSync(box.path(`/captures/${FILE}.tar.gz`)))).toBe(true);
    expect(object.headers).toMatchObject({
      'x-amz-meta-capture-name': 'sample',
      'x-amz-meta-capture-namespace': 'shop',
      'x-amz-meta-capture-uid': 'u-1',
      'x-amz-meta-capture-cluster': 'c',
      'x-amz-meta-capture-node': 'node-1',
    });
    expect(object.headers.authorization).toContain('Credential=AKID/');
    expect(report.outputs).toEqual([
      { type: 'HostPath', path: `/captures/${FILE}.tar.gz` },
      { type: 'S3Upload', bucket: 'bucket', key, etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) },
    ]);
  });

  it('goes up in parts when it is large', async () => {
    const server = await s3();
    const port = await traffic(2_000_000);
    const { code, report } = await run(box, {
      ...env,
      CAPTURE_DURATION: '0',
      CAPTURE_MAX_SIZE: '40',
      PCAP_FILTER: `tcp port ${port}`,
    });
    expect(code).toBe(0);
    const object = server.objects.get(`/bucket/retina/captures/${FILE}.tar.gz`)!;
    expect(base64Crc(object.body)).toBe(report.crc32);
    expect(object.parts).toBe(Math.ceil(report.bytes / (8 * 1024 * 1024)));
    expect(object.parts).toBeGreaterThan(3);
  });

  it('fails when the upload fails, tells no secret, and keeps the file on the node', async () => {
    await s3(request => (request.method === 'PUT' ? 'AccessDenied' : undefined));
    const { code, report, output } = await run(box, env);
    expect(code).toBe(1);
    expect(report.error).toMatch(/^S3Upload: .*AccessDenied/);
    expect(report.outputs).toEqual([{ type: 'HostPath', path: `/captures/${FILE}.tar.gz` }]);
    expect(existsSync(box.path(`/captures/${FILE}.tar.gz`))).toBe(true);
    expect(output).not.toContain('secret');
  });

  it('uses the identity of the pod when there is no Secret', async () => {
    const server = await s3();
    box.write('/etc/s3-upload-secret/s3-access-key-id', '');
    box.write('/etc/s3-upload-secret/s3-secret-access-key', '');
    const { code } = await run(box, { ...env, AWS_ACCESS_KEY_ID: 'NODE-ROLE', AWS_SECRET_ACCESS_KEY: 'x' });
    expect(code).toBe(0);
    expect([...server.objects.values()][0]!.headers.authorization).toContain('Credential=NODE-ROLE/');
  });

  it.each([
    ['a Secret with other keys', { other: '/etc/s3-upload-secret' }, 'has no key "s3-access-key-id"'],
    ['half a Secret', { file: '/etc/s3-upload-secret/s3-access-key-id' }, 'has no key "s3-access-key-id"'],
    ['a path that climbs', { S3_PATH: 'a/../../b' }, 'must not contain ".."'],
    ['an endpoint that is no URL', { S3_ENDPOINT: 'minio:9000' }, 'is not an http or https URL'],
    ['no bucket', { S3_BUCKET: '' }, 'without a bucket'],
  ])('refuses %s before it captures', async (_, wrong, message) => {
    await s3();
    const { file, other, ...variables } = wrong as Record<string, string>;
    if (file) box.write(file, '\n');
    if (other) {
      rmSync(box.path(other), { recursive: true });
      box.write(`${other}/accesskey`, 'AKID');
    }
    const { code, report, output } = await run(box, { ...env, ...variables });
    expect(code).toBe(1);
    expect(report.error).toContain(message);
    expect(output).not.toContain('capturing on');
  });
});

describe('failures', () => {
  it.each([
    ['an interface that is missing', { CAPTURE_INTERFACES: 'nosuch0' }, 'No such device exists'],
    ['a filter that tcpdump refuses', { PCAP_FILTER: 'tcp port' }, 'syntax error'],
    ['a filter that holds an option', { PCAP_FILTER: 'tcp -z /bin/sh' }, 'contains flag "-z"'],
    ['no tcpdump', { PATH: '/nonexistent' }, 'tcpdump is not installed'],
    ['no output', { HOSTPATH: '' }, 'no output is configured'],
    ['a directory that is not mounted', { HOSTPATH: '/elsewhere' }, 'HostPath: ENOENT'],
    ['a claim that is not mounted', { PERSISTENT_VOLUME_CLAIM: 'claim' }, 'PersistentVolumeClaim: ENOENT'],
  ])('%s: one sentence and exit code 1', async (_, wrong, message) => {
    const { code, report } = await run(box, { ...env, ...(wrong as Record<string, string>) });
    expect(code).toBe(1);
    expect(report.error).toContain(message);
    expect(report.error).not.toContain('\n');
    expect(readdirSync(box.path('/tmp'))).toEqual([]);
  });

  it('notices that tcpdump has died, and keeps what it had written', async () => {
    const port = await traffic();
    const { child, finished, output } = start(box, {
      ...env,
      CAPTURE_DURATION: '30s',
      PCAP_FILTER: `tcp port ${port}`,
      TCPDUMP_FLAGS: '-U',
    });
    await until('the capture', () => output().includes('capturing on lo'));
    await until('the first packets', () => {
      const pcap = box.path(`/tmp/${FILE}/${FILE}.pcap`);
      return existsSync(pcap) && statSync(pcap).size > 1000;
    });
    execFileSync('pkill', ['-KILL', '-P', String(child.pid), 'tcpdump']);
    const { code, report } = await finished;
    expect(code).toBe(1);
    expect(report.error).toBe('tcpdump on lo ended early (signal SIGKILL)');
    expect(report.outputs).toHaveLength(1);
    expect(packetsIn(join(unpack().directory, `${FILE}.pcap`))).toBeGreaterThan(0);
  });

  /** In place of tcpdump: writes `written` packets and says at its end that it has captured 5. */
  function pretendTcpdump(written: number) {
    const bin = box.makeDirectory('/bin');
    const header = 'd4c3b2a10200040000000000000000000000040001000000';
    const packet = `${'00'.repeat(8)}0400000004000000deadbeef`;
    box.write('/pcap', '');
    writeFileSync(box.path('/pcap'), Buffer.from(header + packet.repeat(written), 'hex'));
    const script = `#!/bin/sh
case " $* " in *" -d "*) exit 0;; esac
cat ${box.path('/pcap')} >"$2"
trap 'echo "5 packets captured" >&2; exit 0' TERM
echo 'tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes' >&2
while :; do sleep 0.1; done
`;
    writeFileSync(join(bin, 'tcpdump'), script, { mode: 0o755 });
    return { PATH: `${bin}:${process.env.PATH}` };
  }

  it('notices that packets could not be written, and keeps the others', async () => {
    const { code, report } = await run(box, { ...env, ...pretendTcpdump(2) });
    expect(code).toBe(1);
    expect(report.error).toMatch(/^2 of 5 packets could be written below /);
    expect(report).toMatchObject({ packets: 2, outputs: [{ type: 'HostPath' }] });
  });

  it('has no quarrel with a tcpdump that has written what it says', async () => {
    expect(await run(box, { ...env, ...pretendTcpdump(5) })).toMatchObject({
      code: 0,
      report: { packets: 5 },
    });
  });
});
