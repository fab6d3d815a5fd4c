/** A filter expression that cannot be read; the message points at the place. */
export class ExpressionError extends Error {
  constructor(message: string, text: string, position: number) {
    super(`${message} at "${text.slice(position, position + 20) || 'the end'}" in: ${text}`);
    this.name = 'ExpressionError';
  }
}

export interface Token {
  kind: 'word' | 'text' | 'operator' | 'open' | 'close' | 'end';
  value: string;
  position: number;
}

const LONGEST = 4096;
const PATTERN =
  /\s+|(?<open>\()|(?<close>\))|(?<operator>!=|>=|<=|==|=|>|<|~)|"(?<text>[^"]*)"|(?<word>[^\s()"=!<>~]+)|(?<not>!)/gy;

/** Words, quoted texts, comparisons and parentheses; "!" is "not", "==" is "=". */
export function tokenize(text: string): Token[] {
  if (text.length > LONGEST) throw new ExpressionError(`longer than ${LONGEST} characters`, text, LONGEST);
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    PATTERN.lastIndex = position;
    const groups = PATTERN.exec(text)?.groups;
    if (!groups) throw new ExpressionError('unreadable', text, position);
    const { open, close, operator, word, not } = groups;
    if (open) tokens.push({ kind: 'open', value: open, position });
    else if (close) tokens.push({ kind: 'close', value: close, position });
    else if (operator) tokens.push({ kind: 'operator', value: operator === '==' ? '=' : operator, position });
    else if (groups.text !== undefined) tokens.push({ kind: 'text', value: groups.text, position });
    else if (word ?? not) tokens.push({ kind: 'word', value: not ? 'not' : word!, position });
    position = PATTERN.lastIndex;
  }
  return [...tokens, { kind: 'end', value: '', position: text.length }];
}
