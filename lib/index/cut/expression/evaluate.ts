import type { Row } from '../../query/rows.ts';
import type { Expression } from './parse.ts';

/** The columns of `conn` that an expression looks at. */
export function columnsOf(expression: Expression): string[] {
  switch (expression.type) {
    case 'condition':
      return expression.condition.columns;
    case 'not':
      return columnsOf(expression.operand);
    default:
      return [...new Set([...columnsOf(expression.left), ...columnsOf(expression.right)])];
  }
}

/**
 * Whether a flow's packets are meant: all (true), none (false), or some, which are told by time: the function says of
 * each whether it is.
 */
export function matchFlow(expression: Expression, row: Row): boolean | ((time: string) => boolean) {
  const known = evaluate(expression, row);
  return known ?? (time => evaluate(expression, row, time) === true);
}

/** In three values: without a time, a condition on packets is undefined. */
function evaluate(expression: Expression, row: Row, time?: string): boolean | undefined {
  switch (expression.type) {
    case 'condition': {
      const { condition } = expression;
      return time !== undefined && condition.packet ? condition.packet(time) : condition.flow(row);
    }
    case 'not': {
      const operand = evaluate(expression.operand, row, time);
      return operand === undefined ? undefined : !operand;
    }
    case 'and':
      return both(evaluate(expression.left, row, time), evaluate(expression.right, row, time), false);
    case 'or':
      return both(evaluate(expression.left, row, time), evaluate(expression.right, row, time), true);
  }
}

/** Decided as soon as one side is `deciding`; else known when both sides are. */
function both(left: boolean | undefined, right: boolean | undefined, deciding: boolean): boolean | undefined {
  if (left === deciding || right === deciding) return deciding;
  return left === undefined || right === undefined ? undefined : !deciding;
}
