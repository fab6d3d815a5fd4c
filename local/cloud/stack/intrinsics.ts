import { type Account, arn } from '../account.ts';
import { isObject, type Json } from './variables.ts';

export interface Resource {
  type: string;
  name: string; // physical: what the template says, or made from service, stage and logical id
  properties: Json;
}

type Arns = Record<string, (account: Account, name: string) => string>;

const ARNS: Arns = {
  'AWS::SQS::Queue': (account, name) => arn(account, 'sqs', name),
  'AWS::Events::EventBus': (account, name) => arn(account, 'events', `event-bus/${name}`),
  'AWS::Events::Rule': (account, name) => arn(account, 'events', `rule/${name}`),
  'AWS::Lambda::Function': (account, name) => arn(account, 'lambda', `function:${name}`),
  'AWS::S3::Bucket': (_, name) => `arn:aws:s3:::${name}`,
  'AWS::SNS::Topic': (account, name) => arn(account, 'sns', name),
};

/** Evaluates CloudFormation's Ref, Fn::GetAtt, Fn::Sub and Fn::Join in `value`. */
export function evaluate(
  value: unknown,
  resources: Map<string, Resource>,
  account: Account,
  queueUrl: (name: string) => string,
): unknown {
  const resource = (id: string) => {
    const found = resources.get(id);
    if (!found) throw new Error(`the template refers to ${id}, which it does not declare`);
    return found;
  };
  const attribute = (id: string, name: string): string => {
    const { type, name: physical } = resource(id);
    if (name === 'Arn' && ARNS[type]) return ARNS[type](account, physical);
    if (['QueueName', 'Name', 'TopicName'].includes(name)) return physical;
    throw new Error(`the embedded platform does not know ${id}.${name} of ${type}`);
  };
  const reference = (id: string): string => {
    const pseudo = pseudoParameter(id, account);
    if (pseudo !== undefined) return pseudo;
    const { type, name } = resource(id);
    if (type === 'AWS::SQS::Queue') return queueUrl(name);
    return type === 'AWS::SNS::Topic' ? ARNS[type]!(account, name) : name;
  };
  const substitute = (text: string, local: Json): string =>
    text.replace(/\$\{([\w:.]+)\}/g, (_, name: string) => {
      if (Object.hasOwn(local, name)) return String(walk(local[name]));
      const [id, part] = name.split('.');
      return part === undefined ? reference(id!) : attribute(id!, part);
    });

  const walk = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(walk);
    if (!isObject(item)) return item;
    const [[name, argument] = [], ...more] = Object.entries(item);
    if (more.length === 0 && name === 'Ref') return reference(String(argument));
    if (more.length === 0 && name === 'Fn::GetAtt') {
      const [id, part] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
      return attribute(id!, part!);
    }
    if (more.length === 0 && name === 'Fn::Sub') {
      const [text, local] = Array.isArray(argument) ? argument : [argument, {}];
      return substitute(String(text), isObject(local) ? local : {});
    }
    if (more.length === 0 && name === 'Fn::Join' && Array.isArray(argument)) {
      return (walk(argument[1]) as unknown[]).join(String(argument[0]));
    }
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value);
}

function pseudoParameter(name: string, account: Account): string | undefined {
  const known: Record<string, string> = {
    'AWS::AccountId': account.id,
    'AWS::Region': account.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return known[name];
}
