import { parseFilter } from './parser.ts';
import type { Link } from './qualifiers.ts';
import { FilterError } from './tokens.ts';

/**
 * Throws, naming the field, when tcpdump would refuse the filter: better said in the Capture's status at once than
 * by a Job on every node. What only its optimiser can tell (that nothing can match) is left to tcpdump.
 */
export function checkFilter(filter: string, field: string, link: Link) {
  const wrong = (what: string) => new Error(`${field}: ${what} (filter: ${JSON.stringify(filter)})`);
  if (filter.trim() === '')
    throw wrong('the filter is empty or only white space: leave the field out, or fill it');
  const flag = filter.split(/\s+/).find(word => word.startsWith('-'));
  if (flag !== undefined)
    throw wrong(
      `contains flag ${JSON.stringify(flag)}, which is not allowed: write an expression only, and no space before a minus sign`,
    );
  try {
    parseFilter(filter, link);
  } catch (error) {
    if (error instanceof FilterError)
      throw wrong(`not a filter that tcpdump takes: ${error.message}; see pcap-filter(7)`);
    throw error;
  }
}
