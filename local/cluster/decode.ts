/** From a request's body to an object that has the shape of its kind. */
import { child, isObject, type JsonObject, type KubeObject } from './objects.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import { clean, objectMetaSchema, type Schema, validate } from './schema.ts';
import { ApiError, badRequest, type Cause } from './status.ts';

export interface DecodeOptions {
  /** What to do about fields that the schema does not know: refuse, warn, or drop in silence. */
  fieldValidation: string;
  warn(text: string): void;
}

/** A JSON text as a value. A property named `__proto__` is left out: assigning it anywhere would set a prototype. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (key, value) => (key === '__proto__' ? undefined : value));
}

/** A JSON text as an object; 400 for what is none. */
export function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
  if (!isObject(value))
    throw badRequest("couldn't get version/kind; json parse error: the body is not an object");
  return value;
}

/** The body as an object of the resource's kind; 400 when it is of another. */
export function checkKind(resource: Resource, body: JsonObject): void {
  const wanted = apiVersionOf(resource);
  if (resource.builtin) {
    // A typed decoder takes a missing kind from the path.
    body.kind ??= resource.kind;
    body.apiVersion ??= wanted;
  }
  if (!body.kind || !body.apiVersion) {
    const missing = body.kind ? 'apiVersion' : 'Kind';
    throw badRequest(`Object '${missing}' is missing in '${JSON.stringify(body)}'`);
  }
  if (body.apiVersion !== wanted)
    throw badRequest(
      `the API version in the data (${body.apiVersion}) does not match the expected API version (${wanted})`,
    );
  if (body.kind !== resource.kind)
    throw badRequest(
      `${body.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: it is of another kind`,
    );
}

/** Drops what the kind does not have and sets the schema's defaults. The body is not changed. */
export function decode(resource: Resource, body: JsonObject, options: DecodeOptions): KubeObject {
  const unknown: string[] = [];
  const onUnknown = (path: string) => unknown.push(path);
  const { metadata = {}, ...rest } = body;
  const { metadata: _metadata, ...properties } = resolveProperties(resource.schema);
  const schema: Schema = resource.builtin ? resource.schema : { ...resource.schema, properties };
  const cleaned = clean(rest, schema, { structural: !resource.builtin, onUnknown }) as JsonObject;
  if (resource.builtin) checkTypes(resource, cleaned, resource.schema, '');
  cleaned.metadata = clean(metadata, objectMetaSchema, { structural: false, onUnknown }, 'metadata');
  checkTypes(resource, cleaned.metadata, objectMetaSchema, 'metadata');
  if (unknown.length > 0) report(unknown, resource, body, options);
  return cleaned as KubeObject;
}

function resolveProperties(schema: Schema): Record<string, Schema> {
  return schema.properties ?? {};
}

function report(unknown: string[], resource: Resource, body: JsonObject, options: DecodeOptions): void {
  const texts = unknown.map(path => `unknown field "${path}"`);
  if (options.fieldValidation === 'Strict') {
    const name = String(child(body, 'metadata').name ?? '');
    const message = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${texts.join(', ')}`;
    throw new ApiError(400, 'BadRequest', message, name ? { name } : undefined);
  }
  if (options.fieldValidation === 'Warn') for (const text of texts) options.warn(text);
}

/** A typed decoder refuses a value of the wrong type before any rule is looked at. */
function checkTypes(resource: Resource, value: unknown, schema: Schema, path: string): void {
  const wrong = validate(value, schema, path).find(isTypeError);
  if (wrong !== undefined)
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal ${wrong.message.split(': ').at(-1)?.replaceAll('"', '')} into Go struct field ${wrong.field}`,
    );
}

function isTypeError(found: Cause): boolean {
  return / in body must be of type (object|array|string|integer|number|boolean|integer,string): /.test(
    found.message,
  );
}
