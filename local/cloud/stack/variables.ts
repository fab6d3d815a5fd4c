import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { CORE_SCHEMA, defineScalarTag, defineSequenceTag, load } from 'js-yaml';

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `${param:…}`, `${opt:…}`, `${env:…}` and `${sls:stage}` stand for. */
export interface Variables {
  params: Record<string, string | number>;
  stage: string;
  environment: NodeJS.Dict<string>;
}

const LONGEST_CHAIN = 20; // variables that lead to variables

/**
 * Reads a Serverless Framework file and replaces its variables: self, param, opt, env, sls:stage and file, with
 * fallbacks. `${AWS::…}` and `${LogicalId…}` belong to CloudFormation and stay.
 */
export function loadServerlessFile(path: string, variables: Variables): Json {
  const folder = resolve(path, '..');
  const root = read(path);
  const defaults = isObject(root.params) && isObject(root.params.default) ? root.params.default : {};
  const params: Json = { ...defaults, ...variables.params };

  const lookUp = (source: string): unknown => {
    const literal = /^'(.*)'$/.exec(source)?.[1];
    if (literal !== undefined) return literal;
    const [, scheme, address] = /^(\w+)(?::|(?=\())(.*)$/.exec(source) ?? [];
    if (scheme === 'self') return address!.split('.').reduce<unknown>(step, root);
    if (scheme === 'param') return params[address!];
    if (scheme === 'env') return variables.environment[address!];
    if (scheme === 'sls' && address === 'stage') return variables.stage;
    if (scheme === 'opt') return undefined; // there is no command line here
    if (scheme === 'file') return read(inside(folder, address!.slice(1, -1)));
    throw new Error(`${path}: variable \${${source}} is not known to the embedded platform`);
  };

  const substitute = (text: string, depth: number): unknown => {
    if (depth > LONGEST_CHAIN) throw new Error(`${path}: variables in "${text}" never end`);
    const pattern = /\$\{((?:self|param|env|opt|sls|file)\b[^{}]*)\}/g;
    const value = (expression: string) => {
      for (const source of expression.split(/,\s*/)) {
        const found = lookUp(source.trim());
        if (found !== undefined) return resolveIn(found, depth + 1);
      }
      throw new Error(`${path}: variable \${${expression}} has no value`);
    };
    const whole = new RegExp(`^${pattern.source}$`).exec(text)?.[1];
    if (whole !== undefined) return value(whole);
    return text.replace(pattern, (_, expression: string) => String(value(expression)));
  };

  const resolveIn = (value: unknown, depth = 0): unknown => {
    if (typeof value === 'string') return substitute(value, depth);
    if (Array.isArray(value)) return value.map(item => resolveIn(item, depth));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveIn(item, depth)]));
  };

  return resolveIn(root) as Json;
}

const step = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

function inside(folder: string, file: string): string {
  const path = resolve(folder, file);
  const way = relative(folder, path);
  if (way.startsWith('..') || isAbsolute(way)) throw new Error(`${file} is outside of ${folder}`);
  return path;
}

function read(path: string): Json {
  const value = load(readFileSync(path, 'utf8'), { schema: WITH_SHORT_FORMS });
  if (!isObject(value)) throw new Error(`${path} does not hold a YAML mapping`);
  return value;
}

/** With CloudFormation's short forms of intrinsic functions, `!Ref X` for `{ Ref: X }`. */
const WITH_SHORT_FORMS = CORE_SCHEMA.withTags(
  ['Ref', 'GetAtt', 'Sub', 'Join'].flatMap(name => {
    const long = name === 'Ref' ? 'Ref' : `Fn::${name}`;
    const scalar = defineScalarTag(`!${name}`, {
      resolve: text => ({ [long]: name === 'GetAtt' ? text.split('.') : text }),
      identify: () => false,
    });
    const list = defineSequenceTag(`!${name}`, {
      create: (): unknown[] => [],
      addItem: (items, item) => {
        items.push(item);
      },
      finalize: items => ({ [long]: items }),
      identify: () => false,
    });
    return [scalar, list];
  }),
);
