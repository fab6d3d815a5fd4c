import { readSettings } from '../../workload/env.ts';

const minimal = {
  CAPTURE_NAME: 'my-capture',
  NODE_HOST_NAME: 'ip-10-0-0-1.ec2.internal',
  CAPTURE_START_TIMESTAMP: '20261122110000UTC',
};
const read = (env: Record<string, string>) => readSettings({ ...minimal, ...env });

describe('readSettings', () => {
  it('names the files after capture, node and start', () => {
    expect(read({}).fileName).toBe('my-capture-ip-10-0-0-1.ec2.internal-20261122110000UTC');
    expect(read({ CAPTURE_NAME: '' }).fileName).toBe('-ip-10-0-0-1.ec2.internal-20261122110000UTC');
  });

  it('captures on all interfaces unless some are named', () => {
    expect(read({}).interfaces).toEqual(['any']);
    expect(read({ CAPTURE_INTERFACES: 'eth0, ,eth1,,eth2, eth0' }).interfaces).toEqual([
      'eth0',
      'eth1',
      'eth2',
    ]);
  });

  it('takes an empty variable as one that is not set', () => {
    const settings = read({ CAPTURE_DURATION: '', CAPTURE_MAX_SIZE: '', PCAP_FILTER: '', HOSTPATH: '' });
    expect(settings).toMatchObject({ durationMs: 0, maxSizeMB: 0, filter: {} });
    expect(settings.hostPath).toBeUndefined();
  });

  it('keeps parts of a second', () => {
    expect(read({ CAPTURE_DURATION: '1.5s' }).durationMs).toBe(1_500);
  });

  it('passes the flags of the contract on', () => {
    expect(read({ TCPDUMP_FLAGS: ' -p  -U --immediate-mode -nn -vvv -AA -ttttt' }).flags).toEqual([
      '-p',
      '-U',
      '--immediate-mode',
      '-nn',
      '-vvv',
      '-AA',
      '-ttttt',
    ]);
  });

  it('tells S3 that is not configured from S3 that is configured badly', () => {
    expect(read({}).s3).toBeUndefined();
    expect(read({ S3_BUCKET: 'b', S3_REGION: 'eu-west-1', S3_ENDPOINT: '', S3_PATH: '' }).s3?.bucket).toBe(
      'b',
    );
    expect(() => read({ S3_BUCKET: '', S3_REGION: 'eu-west-1' })).toThrow('without a bucket');
  });

  it('finds mounts below the sandbox where there is one', () => {
    expect(read({}).mount('/mnt/azure')).toBe('/mnt/azure');
    expect(read({ CONTAINER_SANDBOX_MOUNT_POINT: '/box' }).mount('/mnt/azure')).toBe('/box/mnt/azure');
  });

  it.each([
    [{ TCPDUMP_FLAGS: '-p -z reboot' }, 'TCPDUMP_FLAGS holds "-z"'],
    [{ TCPDUMP_FLAGS: '-w/etc/passwd' }, 'TCPDUMP_FLAGS holds "-w/etc/passwd"'],
    [{ CAPTURE_INTERFACES: 'eth0,-w' }, '"-w" is not the name'],
    [{ CAPTURE_INTERFACES: '../../etc' }, 'is not the name'],
    [{ CAPTURE_NAME: '../../etc/x' }, 'CAPTURE_NAME'],
    [{ NODE_HOST_NAME: '' }, 'NODE_HOST_NAME'],
    [{ NODE_HOST_NAME: 'a/b' }, 'NODE_HOST_NAME'],
    [{ CAPTURE_START_TIMESTAMP: '2026-11-22' }, 'CAPTURE_START_TIMESTAMP'],
    [{ CAPTURE_DURATION: 'notaduration' }, 'CAPTURE_DURATION'],
    [{ CAPTURE_MAX_SIZE: 'abc' }, 'CAPTURE_MAX_SIZE'],
    [{ CAPTURE_FILE_COUNT: '-1' }, 'CAPTURE_FILE_COUNT'],
    [{ HOSTPATH: 'relative' }, 'HOSTPATH'],
    [{ HOSTPATH: '/captures/../etc' }, 'HOSTPATH'],
    [{ INCLUDE_METADATA: 'yes' }, 'INCLUDE_METADATA'],
  ])('refuses %j and names it', (env, message) => {
    expect(() => read(env as Record<string, string>)).toThrow(message);
  });
});
