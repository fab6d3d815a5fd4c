import { BlockList, isIP } from 'node:net';
import { inOrder } from '../../../lib/hints/filter-pattern.ts';

/**
 * Matcher of EventBridge event patterns. Syntax: EventBridge User Guide, "Comparison operators for use in event
 * patterns"; where it is silent, aws/event-ruler's README.
 */
export type EventMatcher = (event: unknown) => boolean;

export class EventPatternError extends Error {
  override name = 'EventPatternError';
}

type Json = Record<string, unknown>;
type Test = (value: unknown) => boolean;

const DEEPEST = 50;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws {@link EventPatternError} */
export function compilePattern(pattern: unknown, depth = 0): EventMatcher {
  if (!isObject(pattern)) throw new EventPatternError('Filter is not an object');
  if (depth > DEEPEST) throw new EventPatternError('Event pattern is nested too deeply');
  const fields = Object.entries(pattern).map(([name, wanted]) => {
    if (name === '$or' && Array.isArray(wanted)) return alternatives(wanted, depth);
    const matches = isObject(wanted) ? nested(compilePattern(wanted, depth + 1)) : leaf(name, wanted);
    return (event: Json) => matches(Object.hasOwn(event, name) ? event[name] : undefined);
  });
  if (fields.length === 0) throw new EventPatternError('Empty objects are not allowed');
  return event => fields.every(matches => matches(isObject(event) ? event : {}));
}

function alternatives(patterns: unknown[], depth: number) {
  if (patterns.length < 2)
    throw new EventPatternError('There must be at least 2 Objects in an $or relationship');
  const matchers = patterns.map(pattern => compilePattern(pattern, depth + 1));
  return (event: Json) => matchers.some(matches => matches(event));
}

/** A list of objects matches when one of them does. */
const nested =
  (matches: EventMatcher): Test =>
  value =>
    Array.isArray(value) && value.length > 0 ? value.some(item => nested(matches)(item)) : matches(value);

function leaf(name: string, wanted: unknown): Test {
  if (!Array.isArray(wanted)) throw new EventPatternError(`"${name}" must be an object or an array`);
  if (wanted.length === 0) throw new EventPatternError('Empty arrays are not allowed');
  const absent = wanted.some(item => isObject(item) && item.exists === false);
  const tests = wanted.map(item => (isObject(item) ? operator(item) : exactly(item)));
  return value => {
    const leaves = [value]
      .flat(Number.POSITIVE_INFINITY)
      .filter(item => item !== undefined && !isObject(item));
    if (leaves.length === 0) return absent;
    return leaves.some(item => tests.some(test => test(item)));
  };
}

function exactly(wanted: unknown): Test {
  if (wanted !== null && !['string', 'number', 'boolean'].includes(typeof wanted)) {
    throw new EventPatternError('Match value must be String, number, true, false, or null');
  }
  return value => value === wanted;
}

function operator(rule: Json): Test {
  const [entry, ...more] = Object.entries(rule);
  if (!entry || more.length > 0) throw new EventPatternError('Only one key allowed in match expression');
  const [name, argument] = entry;
  if (name === 'anything-but') return anythingBut(argument);
  if (name === 'exists') {
    if (typeof argument !== 'boolean')
      throw new EventPatternError('exists match pattern must be true or false');
    return () => argument;
  }
  if (name === 'numeric') return numeric(argument);
  if (name === 'cidr') return cidr(argument);
  return text(name, argument);
}

function text(name: string, argument: unknown): Test {
  const folded = isObject(argument) && Object.keys(argument).join() === 'equals-ignore-case';
  const value =
    folded && (name === 'prefix' || name === 'suffix') ? argument['equals-ignore-case'] : argument;
  if (typeof value !== 'string') throw new EventPatternError(`${name} match pattern must be a string`);
  const fold =
    folded || name === 'equals-ignore-case' ? (item: string) => item.toLowerCase() : (item: string) => item;
  const wanted = fold(value);
  const test = textTests[name]?.(wanted);
  if (!test) throw new EventPatternError(`Unrecognized match type ${name}`);
  return item => typeof item === 'string' && test(fold(item));
}

const textTests: Record<string, (wanted: string) => (text: string) => boolean> = {
  prefix: wanted => item => item.startsWith(wanted),
  suffix: wanted => item => item.endsWith(wanted),
  'equals-ignore-case': wanted => item => item === wanted,
  wildcard: wanted => {
    if (/(?<!\\)(?:\\\\)*\*\*/.test(wanted)) throw new EventPatternError('Consecutive wildcard characters');
    const pieces = [''];
    for (const [, escaped, char] of wanted.matchAll(/\\(.)|(.)/gs)) {
      if (escaped !== undefined && escaped !== '*' && escaped !== '\\') {
        throw new EventPatternError('Invalid escape character in wildcard');
      }
      if (char === '*') pieces.push('');
      else pieces.push(pieces.pop() + (escaped ?? char!));
    }
    return item => inOrder(pieces, item);
  },
};

function anythingBut(argument: unknown): Test {
  const refused = isObject(argument)
    ? Object.entries(argument).flatMap(([name, values]) => [values].flat().map(value => text(name, value)))
    : [argument].flat().map(exactly);
  if (refused.length === 0) throw new EventPatternError('Anything-But list must not be empty');
  return value => !refused.some(test => test(value));
}

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function numeric(argument: unknown): Test {
  if (!Array.isArray(argument) || argument.length === 0 || argument.length % 2 === 1) {
    throw new EventPatternError('Invalid numeric match: pairs of an operator and a number are needed');
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < argument.length; i += 2) {
    const compare = comparisons[String(argument[i])];
    const bound: unknown = argument[i + 1];
    if (!compare || typeof bound !== 'number')
      throw new EventPatternError('Value of numeric must be numeric');
    tests.push(value => compare(value, bound));
  }
  return value => typeof value === 'number' && tests.every(test => test(value));
}

function cidr(argument: unknown): Test {
  const [network = '', length = ''] = String(argument).split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(length || (family === 'ipv6' ? 128 : 32)), family);
  } catch {
    throw new EventPatternError(`Malformed CIDR: ${String(argument)}`);
  }
  return value => {
    const version = typeof value === 'string' ? isIP(value) : 0;
    return version !== 0 && list.check(value as string, version === 6 ? 'ipv6' : 'ipv4');
  };
}
