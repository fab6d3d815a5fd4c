import type { Selector } from './resource.ts';
import { CaptureError } from './validate.ts';

// k8s.io/apimachinery/pkg/util/validation: qualified names and label values
const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** The labelSelector parameter that means the same; undefined when everything matches. Throws CaptureError. */
export function labelSelector(selector: Selector, field: string): string | undefined {
  const invalid = (what: string) => new CaptureError('OtherError', `captureTarget.${field}: ${what}`);
  const key = (text: string) => {
    if (!KEY.test(text)) throw invalid(`${JSON.stringify(text)} is not the name of a label`);
    return text;
  };
  const value = (text: string) => {
    if (!VALUE.test(text)) throw invalid(`${JSON.stringify(text)} is not the value of a label`);
    return text;
  };
  const terms = Object.entries(selector.matchLabels ?? {}).map(([k, v]) => `${key(k)}=${value(v)}`);
  for (const { key: name, operator, values = [] } of selector.matchExpressions ?? []) {
    const isSet = operator === 'In' || operator === 'NotIn';
    if (isSet !== values.length > 0) {
      throw invalid(`operator ${operator} of ${name} takes ${isSet ? 'at least one value' : 'no values'}`);
    }
    if (isSet) terms.push(`${key(name)} ${operator.toLowerCase()} (${values.map(value).join(',')})`);
    else terms.push(operator === 'Exists' ? key(name) : `!${key(name)}`);
  }
  return terms.length === 0 ? undefined : terms.join(',');
}
