import { CaptureError, validateSpec } from '../../../lib/capture/validate.ts';
import { specOf } from './fixtures.ts';

const validate = (spec: unknown) => validateSpec(spec, '/var/log/retina/captures');
const problem = (spec: unknown) => {
  try {
    validate(spec);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError);
    return error as CaptureError;
  }
};

test.each([
  ['node', { nodeSelector: {} }],
  ['namespace and pod', { namespaceSelector: {}, podSelector: {} }],
  ['pod alone: the namespace of the Capture', { podSelector: {} }],
  ['namespace alone: every pod in it', { namespaceSelector: { matchLabels: { app: 'target-app' } } }],
  ['pod names', { podNames: ['pod1', 'pod2'] }],
  ['node, with no pod names', { nodeSelector: {}, podNames: [] }],
])('takes a target by %s', (_, target) => {
  expect(problem(specOf({ target }))).toBeUndefined();
});

test.each([
  ['none', {}, /neither NodeSelector, NamespaceSelector&PodSelector, nor PodNames is set/],
  ['empty pod names', { podNames: [] }, /neither/],
  ['node and pod', { nodeSelector: {}, podSelector: {} }, /NodeSelector is not compatible with/],
  ['node and namespace', { nodeSelector: {}, namespaceSelector: {} }, /NodeSelector is not compatible with/],
  ['node and pod names', { nodeSelector: {}, podNames: ['a'] }, /NodeSelector is not compatible with/],
  ['pod and pod names', { podSelector: {}, podNames: ['a'] }, /PodNames is not compatible with/],
  ['namespace and pod names', { namespaceSelector: {}, podNames: ['a'] }, /PodNames is not compatible with/],
])('refuses a target of %s', (_, target, message) => {
  expect(problem(specOf({ target }))).toMatchObject({
    reason: 'OtherError',
    message: expect.stringMatching(message),
  });
});

test.each([
  ['a size and files', { option: { maxCaptureSize: 100, fileCount: 10 } }],
  ['all three limits', { option: { duration: '4h', maxCaptureSize: 50, fileCount: 5 } }],
  [
    'addresses of both families',
    { option: { duration: '1s', sourceIPs: ['10.0.0.1', '2001:1234:5678:9abc::1'] } },
  ],
  ['the old filter alone', { configuration: { tcpdumpFilter: 'tcp port 80' } }],
  [
    'a filter with a hyphen in a word',
    { option: { duration: '1s', pcapFilter: 'tcp[tcpflags] == tcp-syn' } },
  ],
  ['a path with a leading slash', { output: { hostPath: '/captures' } }],
  ['a bucket with a region', { output: { s3Upload: { bucket: 'b', region: 'us-east-1', secretName: 's' } } }],
  ['a bucket without a key pair', { output: { s3Upload: { bucket: 'b', region: 'us-east-1' } } }],
])('takes %s', (_, changes) => {
  expect(problem(specOf(changes))).toBeUndefined();
});

test('an absent captureOption is limited to 100 MiB', () => {
  const spec = validate({
    captureConfiguration: { captureTarget: { nodeSelector: {} } },
    outputConfiguration: { hostPath: 'a' },
  });
  expect(spec.captureConfiguration.captureOption).toEqual({ maxCaptureSize: 100 });
});

test.each([
  ['no limit', { option: {} }, /Neither duration nor maxCaptureSize is set to stop the capture/],
  [
    'limits of nothing',
    { option: { duration: '0s', maxCaptureSize: 0 } },
    /Neither duration nor maxCaptureSize/,
  ],
  ['files of no size', { option: { duration: '1s', fileCount: 10 } }, /fileCount requires maxCaptureSize/],
  ['no output', { output: {} }, /At least one output configuration should be set/],
  ['an empty output', { output: { blobUpload: '' } }, /At least one output configuration should be set/],
  ['an empty path', { output: { hostPath: '' } }, /OutputConfiguration.HostPath: hostPath is empty/],
  [
    'a path that climbs',
    { output: { hostPath: '../etc' } },
    /OutputConfiguration.HostPath: hostPath must not contain/,
  ],
  ['no bucket', { output: { s3Upload: { bucket: '', region: 'r' } } }, /s3Upload.bucket is empty/],
  ['no place for the bucket', { output: { s3Upload: { bucket: 'b' } } }, /needs region \(AWS\) or endpoint/],
  [
    'a prefix that climbs',
    { output: { s3Upload: { bucket: 'b', region: 'r', path: 'a/../..' } } },
    /s3Upload.path/,
  ],
  ['a bad address', { option: { duration: '1s', sourceIPs: ['not-an-ip'] } }, /sourceIPs: "not-an-ip"/],
  [
    'a bad include',
    { configuration: { filters: { include: ['x'] } } },
    /invalid filter x in filters.include/,
  ],
  [
    'a bad filter',
    { option: { duration: '1s', pcapFilter: 'tcp prot 80' } },
    /captureOption.pcapFilter: not a filter/,
  ],
  [
    'a flag',
    { option: { duration: '1s', pcapFilter: 'tcp -w /etc/x' } },
    /captureOption.pcapFilter: contains flag "-w"/,
  ],
  ['a bad old filter', { configuration: { tcpdumpFilter: 'port' } }, /tcpdumpFilter: not a filter/],
  [
    'the old filter with addresses',
    { option: { duration: '1s', destinationIPs: ['10.0.0.1'] }, configuration: { tcpdumpFilter: 'tcp' } },
    /tcpdumpFilter \(deprecated\) cannot be combined with sourceIPs\/destinationIPs/,
  ],
  [
    'an interface that is a flag',
    { option: { duration: '1s', interfaces: ['-w'] } },
    /captureOption.interfaces/,
  ],
  [
    'an interface with a comma',
    { option: { duration: '1s', interfaces: ['a,b'] } },
    /captureOption.interfaces/,
  ],
  ['a negative size', { option: { duration: '1s', maxCaptureSize: -1 } }, /captureOption.maxCaptureSize/],
])('refuses %s, naming the field', (_, changes, message) => {
  expect(problem(specOf(changes))).toMatchObject({
    reason: 'OtherError',
    message: expect.stringMatching(message),
  });
});

test.each([undefined, null, {}, 'x', { captureConfiguration: 5 }])(
  'answers a spec of the wrong shape (%j)',
  spec => {
    expect(problem(spec)?.message).toMatch(/^spec\./);
  },
);

test('a filter for Ethernet is taken where Ethernet is captured', () => {
  const option = { duration: '1s', pcapFilter: 'ether host 00:11:22:33:44:55' };
  expect(problem(specOf({ option }))?.message).toContain('captureOption.interfaces');
  expect(problem(specOf({ option: { ...option, interfaces: ['eth0'] } }))).toBeUndefined();
});
