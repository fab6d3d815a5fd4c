import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './errors.ts';
import { nearest } from './nearest.ts';

type Parsed<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>
>;

/**
 * Options and positionals of a command. Throws {@link UsageError} in a sentence for an unknown option, a missing
 * value, or a number of positionals other than `least` to `most`.
 */
export function parseArguments<const T extends ParseArgsOptionsConfig>(
  args: string[],
  options: T,
  positionals: { name: string; least: number; most: number },
): Parsed<T> {
  let parsed: Parsed<T>;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message.split(/\.\s/)[0]! : String(error);
    const unknown = /^Unknown option '--([^']+)'/.exec(message)?.[1];
    const meant = unknown && nearest(unknown, Object.keys(options));
    const hint = meant ? ` (did you mean '--${meant}'?)` : '';
    throw new UsageError(message.charAt(0).toLowerCase() + message.slice(1) + hint);
  }
  const count = parsed.positionals.length;
  if (count < positionals.least) throw new UsageError(`${positionals.name} is missing`);
  if (count > positionals.most)
    throw new UsageError(`unexpected argument '${parsed.positionals[positionals.most]}'`);
  return parsed;
}

/** A whole number of an option, zero or more. */
export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${option} takes a whole number, not '${text}'`);
  return Number(text);
}
