/** Throws when tcpdump would refuse the filter. */
export function checkFilter(filter: string, field: string, _link: string) {
  if (filter.trim() === '') throw new Error(`${field}: the filter is only white space`);
}
