import * as z from 'zod';

const Config = z
  .object({
    CAPTURE_BUCKET: z.string().min(1),
    INDEX_PREFIX: z
      .string()
      .regex(/^([^/]+\/)+$/, 'must be a prefix such as index/')
      .default('index/'),
    BUS_NAME: z.string().min(1),
    CLUSTERS: z
      .string()
      .transform(text => text.split(',').map(name => name.trim()))
      .pipe(z.array(z.string().min(1)).min(1)),
    HOSTPATH_BASE_DIR: z.string().startsWith('/').default('/var/log/retina/captures'),
    JOB_LIMIT: z.coerce.number().int().nonnegative().default(0),
    WORKLOAD_IMAGE: z.string().min(1),
    UPLOAD_DEADLINE_SECONDS: z.coerce.number().int().positive().default(1800),
  })
  .transform(env => ({
    bucket: env.CAPTURE_BUCKET,
    indexPrefix: env.INDEX_PREFIX,
    busName: env.BUS_NAME,
    clusters: env.CLUSTERS, // names, as in EKS
    hostPathBaseDir: env.HOSTPATH_BASE_DIR,
    jobLimit: env.JOB_LIMIT, // Jobs of one Capture; 0 is unlimited
    workloadImage: env.WORKLOAD_IMAGE,
    uploadDeadlineSeconds: env.UPLOAD_DEADLINE_SECONDS, // from the end of the Jobs to the proof of their files
  }));

export type Config = z.infer<typeof Config>;

/** The configuration that all functions share; throws a sentence that names what is missing or wrong. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const result = Config.safeParse(env);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`configuration: ${problems.join('; ')}`);
}
