import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

// `npm run package` as it is deployed: the bundles load in a plain Node, the template passes cfn-lint.

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const built = (...path: string[]) => join(root, '.build', ...path);
const TEMPLATE = built('.serverless/cloudformation-template-update-stack.json');
const FUNCTIONS = ['ingest', 'reconcile', 'sweep', 'index'];

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}
interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}
const ofType = (type: string) =>
  Object.values((JSON.parse(readFileSync(TEMPLATE, 'utf8')) as Template).Resources).filter(
    resource => resource.Type === type,
  );

beforeAll(async () => {
  const { stdout, stderr } = await run(process.execPath, ['scripts/package.ts'], { cwd: root });
  expect(stdout + stderr).not.toMatch(/warn/i);
}, 120_000);

describe.each(FUNCTIONS)('the function %s', name => {
  it('is one zip of less than 3 MB', () => {
    expect(statSync(built('.serverless', `${name}.zip`)).size).toBeLessThan(3 * 1024 * 1024);
    expect(statSync(built('functions', `${name}.cjs`)).size).toBeLessThan(3 * 1024 * 1024);
  });

  it('loads by itself and has a handler', async () => {
    const script = `import(process.argv[1]).then(({ handler }) => console.log(typeof handler))`;
    const env = {
      CAPTURE_BUCKET: 'b',
      BUS_NAME: 'b',
      CLUSTERS: 'c',
      WORKLOAD_IMAGE: 'i',
      AWS_REGION: 'us-east-1',
    };
    const { stdout } = await run(
      process.execPath,
      ['-e', script, pathToFileURL(built('functions', `${name}.cjs`)).href],
      { env },
    );
    expect(stdout.trim()).toBe('function');
  });
});

describe('the template', () => {
  it('passes cfn-lint', async () => {
    const program = process.env.CFN_LINT ?? join(root, '.cache/moto/bin/cfn-lint');
    if (!existsSync(program))
      throw new Error(`there is no cfn-lint at ${program}: run scripts/moto.sh, or set CFN_LINT`);
    // W3005: osls writes a dependency that is already there.
    const { stdout } = await run(program, ['--ignore-checks', 'W3005', '--template', TEMPLATE]);
    expect(stdout).toBe('');
  });

  it('lets no function do everything, or anything to everything', () => {
    const roles = ofType('AWS::IAM::Role');
    expect(roles).toHaveLength(FUNCTIONS.length);
    const statements = roles.flatMap(({ Properties }) =>
      (Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(
        ({ PolicyDocument }) => PolicyDocument.Statement,
      ),
    );
    for (const { Action, Resource } of statements) {
      expect([Action].flat().join()).not.toContain('*');
      expect([Resource].flat()).not.toContain('*');
    }
  });

  it('encrypts every queue, and gives each one that is read its dead letters', () => {
    const queues = ofType('AWS::SQS::Queue').map(({ Properties }) => Properties);
    expect(queues.every(({ SqsManagedSseEnabled }) => SqsManagedSseEnabled === true)).toBe(true);
    expect(queues.filter(({ RedrivePolicy }) => RedrivePolicy)).toHaveLength(2);
    expect(ofType('AWS::CloudWatch::Alarm')).toHaveLength(2);
  });
});
