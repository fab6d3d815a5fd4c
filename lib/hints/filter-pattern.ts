/**
 * Matcher of CloudWatch Logs filter patterns for JSON events, `{ $.a.b = "x*" && $.c NOT EXISTS }`.
 * Syntax: AWS, "Using filter patterns to match terms in JSON log events". A comparison with a field that is
 * missing, or of another type, is false whatever its operator. Regular expressions (`%…%`) are refused.
 */

export type EventFilter = (event: unknown) => boolean;

/** The pattern is not one that this matcher can read; trying again does not help. */
export class FilterPatternError extends Error {
  override name = 'FilterPatternError';
}

/** CloudWatch's limit on a subscription filter's pattern, in characters. */
export const FILTER_PATTERN_LIMIT = 1024;

interface Token {
  kind: 'punctuation' | 'operator' | 'selector' | 'string' | 'word';
  text: string;
}

const TOKEN =
  /\s*(?:(?<punctuation>&&|\|\||[(){}])|(?<operator><=|>=|!=|=|<|>)|(?<selector>\$(?:\.[\w-]+|\.?\[(?:\d+|'[^']*'|"[^"]*")\])+)|"(?<string>(?:[^"\\]|\\.)*)"|(?<word>[^\s(){}"=<>!&|]+))/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw new FilterPatternError(`filter pattern is not readable at character ${at + 1}`);
    const kind = Object.keys(groups).find(name => groups[name] !== undefined) as Token['kind'];
    tokens.push({ kind, text: groups[kind] as string });
  }
  return tokens;
}

/** @throws {@link FilterPatternError} */
export function compileFilterPattern(text: string): EventFilter {
  if (text.length > FILTER_PATTERN_LIMIT) {
    throw new FilterPatternError(
      `filter pattern has ${text.length} characters of at most ${FILTER_PATTERN_LIMIT}`,
    );
  }
  if (text.trim() === '') return () => true;
  const tokens = tokenize(text);
  let position = 0;

  const next = (): Token => {
    const token = tokens[position++];
    if (!token) throw new FilterPatternError('filter pattern ends too early');
    return token;
  };
  const take = (expected: string): boolean => {
    if (tokens[position]?.text.toUpperCase() !== expected || tokens[position]?.kind === 'string')
      return false;
    position++;
    return true;
  };
  const require = (expected: string): void => {
    const found = tokens[position]?.text ?? 'the end';
    if (!take(expected)) throw new FilterPatternError(`filter pattern has ${found} in place of ${expected}`);
  };

  const either = (): EventFilter => {
    const parts = [both()];
    while (take('||')) parts.push(both());
    return event => parts.some(part => part(event));
  };
  const both = (): EventFilter => {
    const parts = [term()];
    while (take('&&')) parts.push(term());
    return event => parts.every(part => part(event));
  };
  const term = (): EventFilter => {
    if (take('(')) {
      const inner = either();
      require(')');
      return inner;
    }
    const selector = next();
    if (selector.kind !== 'selector') {
      throw new FilterPatternError(`filter pattern has ${selector.text} in place of a selector`);
    }
    const read = reader(selector.text);
    if (take('NOT')) {
      require('EXISTS');
      return event => read(event) === undefined;
    }
    if (take('IS')) {
      if (take('NULL')) return event => read(event) === null;
      const wanted = take('TRUE');
      if (!wanted) require('FALSE');
      return event => read(event) === wanted;
    }
    const operator = next();
    if (operator.kind !== 'operator') {
      throw new FilterPatternError(`filter pattern has ${operator.text} in place of an operator`);
    }
    const compare = comparison(operator.text, next());
    return event => compare(read(event));
  };

  require('{');
  const filter = either();
  require('}');
  if (position < tokens.length)
    throw new FilterPatternError('filter pattern goes on after its closing brace');
  return filter;
}

function reader(selector: string): (event: unknown) => unknown {
  const path = [...selector.matchAll(/\.([\w-]+)|\[(?:(\d+)|'([^']*)'|"([^"]*)")\]/g)].map(
    ([, name, index, single, double]) =>
      index === undefined ? (name ?? single ?? double ?? '') : Number(index),
  );
  return event => {
    let value = event;
    for (const step of path) {
      if (typeof value !== 'object' || value === null) return undefined;
      if (Array.isArray(value) !== (typeof step === 'number') || !Object.hasOwn(value, step))
        return undefined;
      value = (value as Record<string | number, unknown>)[step];
    }
    return value;
  };
}

function comparison(operator: string, literal: Token): (value: unknown) => boolean {
  if (literal.kind !== 'string' && literal.kind !== 'word') {
    throw new FilterPatternError(`filter pattern has ${literal.text} in place of a value`);
  }
  if (literal.kind === 'word' && literal.text.startsWith('%')) {
    throw new FilterPatternError('regular expressions in filter patterns are not supported');
  }
  const number = Number(literal.text);
  if (literal.kind === 'word' && !Number.isNaN(number)) {
    const test = numeric[operator]!;
    return value => typeof value === 'number' && test(value, number);
  }
  if (operator !== '=' && operator !== '!=') {
    throw new FilterPatternError(`filter pattern compares the text ${literal.text} with ${operator}`);
  }
  const text = literal.kind === 'string' ? literal.text.replace(/\\(.)/g, '$1') : literal.text;
  const wanted = operator === '=';
  return value => isScalar(value) && wildcardMatch(text, String(value)) === wanted;
}

const numeric: Record<string, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

/** `*` stands for any run of characters. */
export const wildcardMatch = (pattern: string, text: string) => inOrder(pattern.split('*'), text);

/** Whether `text` is the pieces in their order with anything between them; in linear time, unlike a regular expression. */
export function inOrder(pieces: string[], text: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, position);
    if (at < 0) return false;
    position = at + piece.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}
