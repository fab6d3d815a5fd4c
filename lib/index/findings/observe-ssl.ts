import { textColumnOf } from '../column-forms.ts';
import type { Batch } from '../table.ts';
import { Numbers } from './columns.ts';
import { SslRow } from './rows.ts';
import type { Rule } from './rule.ts';
import * as sign from './signs.ts';

/** Shows handshakes to each rule that wants them: those that failed. */
export function observeSsl(batch: Batch, rules: readonly Rule[]): void {
  const watches = rules.flatMap(rule => rule.ssl ?? []);
  const alerts = textColumnOf(batch.columns.alert, batch.rows).index;
  const established = new Numbers(batch, 'established');
  const row = new SslRow(batch);
  for (let i = 0; i < batch.rows; i++) {
    if (alerts[i]! < 0 || established.or0(i) === 1) continue;
    row.row = i;
    for (const watch of watches) if ((sign.FAILED_HANDSHAKE & watch.signs) !== 0) watch.see(row);
  }
}
