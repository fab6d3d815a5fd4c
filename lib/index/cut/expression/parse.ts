import { atom, type Condition, FIELDS } from './fields.ts';
import { ExpressionError, type Token, tokenize } from './tokens.ts';

/** What a filter expression means. */
export type Expression =
  | { type: 'and' | 'or'; left: Expression; right: Expression }
  | { type: 'not'; operand: Expression }
  | { type: 'condition'; condition: Condition };

const DEEPEST = 100; // parentheses and "not" in one another

/**
 * Reads a filter expression: conditions `field operator value` joined by and, or, not and parentheses, "and" binding
 * more strongly. Without an operator "=" is meant; two conditions side by side are joined by "and".
 * Throws {@link ExpressionError}.
 */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  const expression = parser.or(0);
  parser.expectEnd();
  return expression;
}

class Parser {
  readonly #text: string;
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  or(depth: number): Expression {
    let left = this.#and(depth);
    while (this.#takeWord('or', '||')) left = { type: 'or', left, right: this.#and(depth) };
    return left;
  }

  #and(depth: number): Expression {
    let left = this.#not(depth);
    while (this.#takeWord('and', '&&') || this.#startsCondition()) {
      left = { type: 'and', left, right: this.#not(depth) };
    }
    return left;
  }

  #not(depth: number): Expression {
    if (depth > DEEPEST) throw this.#error('nested too deeply');
    if (this.#takeWord('not')) return { type: 'not', operand: this.#not(depth + 1) };
    if (this.#take('open')) {
      const inner = this.or(depth + 1);
      if (!this.#take('close')) throw this.#error('")" is missing');
      return inner;
    }
    return this.#condition();
  }

  #condition(): Expression {
    const field = this.#take('word');
    if (!field) throw this.#error(`a field is expected (${FIELDS.join(', ')})`);
    const operator = this.#take('operator')?.value ?? '=';
    const value = this.#take('word') ?? this.#take('text');
    if (!value) throw this.#error(`a value is expected for ${field.value}`);
    const result = atom(field.value, operator, value.value);
    if (typeof result === 'string') throw new ExpressionError(result, this.#text, field.position);
    return { type: 'condition', condition: result };
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw this.#error('not expected');
  }

  #startsCondition(): boolean {
    const { kind, value } = this.#peek();
    return kind === 'open' || (kind === 'word' && !['or', '||'].includes(value));
  }

  #takeWord(...words: string[]): boolean {
    const { kind, value } = this.#peek();
    if (kind !== 'word' || !words.includes(value)) return false;
    this.#at++;
    return true;
  }

  #take(kind: Token['kind']): Token | undefined {
    return this.#peek().kind === kind ? this.#tokens[this.#at++] : undefined;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #error(message: string): ExpressionError {
    return new ExpressionError(message, this.#text, this.#peek().position);
  }
}
