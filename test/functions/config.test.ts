import { readConfig } from '../../functions/config.ts';

const env = {
  CAPTURE_BUCKET: 'b',
  BUS_NAME: 'serverless-capture',
  CLUSTERS: 'prod, dev',
  WORKLOAD_IMAGE: 'i:1',
};

test('fills in what may be left out', () => {
  expect(readConfig(env)).toEqual({
    bucket: 'b',
    indexPrefix: 'index/',
    busName: 'serverless-capture',
    clusters: ['prod', 'dev'],
    hostPathBaseDir: '/var/log/retina/captures',
    jobLimit: 0,
    workloadImage: 'i:1',
    uploadDeadlineSeconds: 1800,
  });
});

test.each([
  [{ ...env, CAPTURE_BUCKET: undefined }, /CAPTURE_BUCKET/],
  [{ ...env, CLUSTERS: ' , ' }, /CLUSTERS/],
  [{ ...env, HOSTPATH_BASE_DIR: 'captures' }, /HOSTPATH_BASE_DIR/],
  [{ ...env, JOB_LIMIT: '-1' }, /JOB_LIMIT/],
  [{ ...env, INDEX_PREFIX: '/index' }, /INDEX_PREFIX: must be a prefix/],
])('names what is missing or wrong (%#)', (wrong, message) => {
  expect(() => readConfig(wrong)).toThrow(message);
});
