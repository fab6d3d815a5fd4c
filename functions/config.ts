import { z } from '../lib/schemas.ts';

const Config = z.pipe(
  z.object({
    CAPTURE_BUCKET: z.string().check(z.minLength(1)),
    INDEX_PREFIX: z._default(
      z.string().check(z.regex(/^([^/]+\/)+$/, 'must be a prefix such as index/')),
      'index/',
    ),
    BUS_NAME: z.string().check(z.minLength(1)),
    CLUSTERS: z.pipe(
      z.pipe(
        z.string(),
        z.transform(text => text.split(',').map(name => name.trim())),
      ),
      z.array(z.string().check(z.minLength(1))).check(z.minLength(1)),
    ),
    HOSTPATH_BASE_DIR: z._default(z.string().check(z.startsWith('/')), '/var/log/retina/captures'),
    JOB_LIMIT: z._default(z.coerce.number().check(z.int(), z.nonnegative()), 0),
    WORKLOAD_IMAGE: z.string().check(z.minLength(1)),
    UPLOAD_DEADLINE_SECONDS: z._default(z.coerce.number().check(z.int(), z.positive()), 1800),
  }),
  z.transform(env => ({
    bucket: env.CAPTURE_BUCKET,
    indexPrefix: env.INDEX_PREFIX,
    busName: env.BUS_NAME,
    clusters: env.CLUSTERS, // names, as in EKS
    hostPathBaseDir: env.HOSTPATH_BASE_DIR,
    jobLimit: env.JOB_LIMIT, // Jobs of one Capture; 0 is unlimited
    workloadImage: env.WORKLOAD_IMAGE,
    uploadDeadlineSeconds: env.UPLOAD_DEADLINE_SECONDS, // from the end of the Jobs to the proof of their files
  })),
);

export type Config = z.infer<typeof Config>;

/** The configuration that all functions share; throws a sentence that names what is missing or wrong. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const result = Config.safeParse(env);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`configuration: ${problems.join('; ')}`);
}
