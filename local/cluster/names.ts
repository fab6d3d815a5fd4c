/** Rules for names and labels. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
import { randomBytes } from 'node:crypto';
import { type Cause, cause } from './status.ts';

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dnsLabelExpression = new RegExp(`^${labelPattern}$`);
const subdomainPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const subdomainExpression = new RegExp(`^${subdomainPattern}$`);
const qualifiedPattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const qualifiedExpression = new RegExp(`^${qualifiedPattern}$`);
const valuePattern = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';
const valueExpression = new RegExp(`^${valuePattern}$`);

export function dnsLabel(name: string, field: string): Cause[] {
  const causes: Cause[] = [];
  if (name.length > 63) causes.push(cause.invalid(field, name, 'must be no more than 63 characters'));
  if (!dnsLabelExpression.test(name))
    causes.push(
      cause.invalid(
        field,
        name,
        `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${labelPattern}')`,
      ),
    );
  return causes;
}

export function dnsSubdomain(name: string, field: string): Cause[] {
  const causes: Cause[] = [];
  if (name.length > 253) causes.push(cause.invalid(field, name, 'must be no more than 253 characters'));
  if (!subdomainExpression.test(name))
    causes.push(
      cause.invalid(
        field,
        name,
        `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomainPattern}')`,
      ),
    );
  return causes;
}

export function labels(values: Record<string, string>, field: string): Cause[] {
  return Object.entries(values).flatMap(([key, value]) => [
    ...qualifiedName(key, field),
    ...labelValue(value, field),
  ]);
}

export function labelValue(value: string, field: string): Cause[] {
  const causes: Cause[] = [];
  if (value.length > 63) causes.push(cause.invalid(field, value, 'must be no more than 63 characters'));
  if (!valueExpression.test(value))
    causes.push(
      cause.invalid(
        field,
        value,
        `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${valuePattern}')`,
      ),
    );
  return causes;
}

/** A label, annotation or finalizer key: a name, with an optional DNS prefix. */
export function qualifiedName(key: string, field: string): Cause[] {
  const [name = '', prefix, ...rest] = key.split('/').reverse();
  const causes: Cause[] = [];
  if (rest.length > 0 || prefix === '')
    return [cause.invalid(field, key, 'a qualified name must have one prefix and one name')];
  if (prefix !== undefined && !subdomainExpression.test(prefix))
    causes.push(cause.invalid(field, key, `prefix part must be a DNS subdomain`));
  if (name.length > 63)
    causes.push(cause.invalid(field, key, 'name part must be no more than 63 characters'));
  if (!qualifiedExpression.test(name))
    causes.push(
      cause.invalid(
        field,
        key,
        `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedPattern}')`,
      ),
    );
  return causes;
}

/** Letters and digits that spell no word, as the API server appends them to a generateName. */
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

export function generatedName(base: string): string {
  const suffix = [...randomBytes(5)].map(byte => suffixLetters[byte % suffixLetters.length]).join('');
  return base.slice(0, 58) + suffix;
}
