import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cut, type Wanted } from '../../lib/index/cut/cut.ts';
import { FIELDS } from '../../lib/index/cut/expression/fields.ts';
import { parseExpression } from '../../lib/index/cut/expression/parse.ts';
import { ExpressionError } from '../../lib/index/cut/expression/tokens.ts';
import { flowOfUid } from '../../lib/index/cut/flow-uid.ts';
import { parseArguments } from '../arguments.ts';
import { CAPTURE_OPTIONS, CAPTURE_USAGE } from '../capture-options.ts';
import { CommandError, UsageError } from '../errors.ts';
import { pathOf } from '../local-origin.ts';
import { openTarget } from '../targets.ts';

export const usage = `Usage: capturectl cut FILE|DIR|CAPTURE --flow ID | --where EXPR  -w OUT.pcapng

Copies packets into a pcapng with the names of their addresses. Of an indexed capture only what is needed is read.

  --flow ID      the packets of one flow: its uid, or of a FILE its number as capturectl flows shows it
  --where EXPR   the packets of the flows that EXPR means, e.g.
                   'addr 10.0.0.0/8 and port 443'     'pod web-* and not state SF'
                   'name *.example.com and retx > 0'  'flags rst and time >= 2026-11-22T10:00:30Z'
  -w, --write OUT.pcapng   where they go; "-" is standard output

EXPR is FIELD [= != < <= > >= ~] VALUE, joined by and, or, not and parentheses; * stands for any text, ~ for "contains".
src and dst are the originator and the responder of a flow; time is that of the packet, all else is of its flow.
Fields: ${FIELDS.join(', ')}

${CAPTURE_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const options = {
    ...CAPTURE_OPTIONS,
    flow: { type: 'string' },
    where: { type: 'string' },
    write: { type: 'string', short: 'w' },
  } as const;
  const positionals = { name: 'FILE|DIR|CAPTURE', least: 1, most: 1 };
  const parsed = parseArguments(args, options, positionals);
  const { flow, where, write } = parsed.values;
  if (write === undefined) throw new UsageError('-w OUT.pcapng is missing');
  const wanted = readWanted(flow, where);
  const name = parsed.positionals[0]!;
  if (await isPipe(name))
    throw new CommandError(`${name} is a pipe, which cannot be read twice; save it as a file first`);
  await using target = await openTarget(name, parsed.values);
  if (wanted.type === 'flow' && target.catalog.indexed.length > 1) {
    throw new UsageError('a flow of several files is named by its uid, not by a number');
  }
  const { packets, content } = await cut(target.catalog, wanted, target.openOriginal);
  if (packets === 0) throw new CommandError('no packet matches; nothing was written');
  await save(content, write);
  process.stderr.write(`${packets} packets\n`);
  return 0;
}

/** What is indexed first, and gone by the time its packets are wanted. */
async function isPipe(name: string): Promise<boolean> {
  const found = await stat(pathOf(name)).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function readWanted(flow: string | undefined, where: string | undefined): Wanted {
  if ((flow === undefined) === (where === undefined))
    throw new UsageError('one of --flow and --where is needed');
  if (where !== undefined) {
    try {
      return { type: 'where', expression: parseExpression(where), text: where };
    } catch (error) {
      if (error instanceof ExpressionError) throw new UsageError(error.message);
      throw error;
    }
  }
  if (/^\d{1,9}$/.test(flow!)) return { type: 'flow', flow: Number(flow) };
  if (flowOfUid(flow!) === undefined)
    throw new UsageError(`'${flow}' is neither the uid nor the number of a flow`);
  return { type: 'uid', uid: flow! };
}

/** A file appears only when it is whole. */
async function save(content: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  if (path === '-') {
    await pipeline(Readable.from(content), process.stdout, { end: false });
    return;
  }
  const part = `${path}.${randomUUID()}.part`;
  try {
    await pipeline(Readable.from(content), createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
