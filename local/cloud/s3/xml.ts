/** A tree of elements: text, children by name, or a list of equally named children. */
export type Xml = string | number | boolean | undefined | { [name: string]: Xml | Xml[] };

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const toXml = (text: string) =>
  text
    .replace(/[&<>"]/g, char => ENTITIES[char]!)
    .replace(/\p{Cc}/gu, char => `&#x${char.charCodeAt(0).toString(16)};`);

export function document(root: string, content: Xml): string {
  const opening = root === 'Error' ? root : `${root} xmlns="${NAMESPACE}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${opening}>${inner(content)}</${root}>`;
}

function inner(content: Xml): string {
  if (content === undefined) return '';
  if (typeof content !== 'object') return toXml(String(content));
  return Object.entries(content)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value])
        .filter(item => item !== undefined)
        .map(item => `<${name}>${inner(item)}</${name}>`),
    )
    .join('');
}

const fromCode = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd');

const REFERENCES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const fromXml = (text: string) =>
  text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi,
    (_, hex?: string, decimal?: string, name?: string) =>
      name ? (REFERENCES[name] ?? '') : fromCode(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );

/** The elements called `name`, each as the text of its own children; enough for the two shapes that S3 is sent. */
export function elements(text: string, name: string): Record<string, string>[] {
  return [...text.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))].map(([, body]) =>
    Object.fromEntries(
      [...body!.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, key, value]) => [key, fromXml(value!)]),
    ),
  );
}
