import fc from 'fast-check';
import { matchFlow } from '../../../../lib/index/cut/expression/evaluate.ts';
import { FIELDS } from '../../../../lib/index/cut/expression/fields.ts';
import { parseExpression } from '../../../../lib/index/cut/expression/parse.ts';
import { ExpressionError } from '../../../../lib/index/cut/expression/tokens.ts';
import type { Row } from '../../../../lib/index/query/rows.ts';

const flow: Row = {
  id_orig_h: '10.244.1.5',
  id_orig_p: 40000,
  id_resp_h: '10.96.0.20',
  id_resp_p: 443,
  translated_h: '10.244.2.7',
  translated_p: 8443,
  proto: 'tcp',
  service: 'tls',
  conn_state: 'SF',
  uid: 'CRs21rrKLzfe000001',
  flow: 1,
  orig_pkts: 10,
  resp_pkts: 12,
  orig_l2_bytes: 1000,
  resp_l2_bytes: 90_000,
  orig_retx: 0,
  resp_retx: 3,
  syn_rtt_client: 0.001,
  syn_rtt_server: 0.25,
  duration: 1.5,
  vlan: null,
  inner_vlan: null,
  orig_tcp_flags: 0x1b,
  resp_tcp_flags: 0x1e,
  orig_namespace: 'shop',
  orig_pod_name: 'web-1',
  orig_workload_name: 'web',
  orig_service: null,
  orig_node_name: 'node-1',
  orig_dns_names: null,
  resp_namespace: 'pay',
  resp_pod_name: 'api-7',
  resp_workload_name: 'api',
  resp_service: 'api',
  resp_node_name: 'node-2',
  resp_dns_names: ['api.pay.svc.cluster.local', 'API.example.com'],
};

const matches = (text: string) => matchFlow(parseExpression(text), flow);

describe('filter expressions', () => {
  it.each([
    'addr 10.244.1.5',
    'addr 10.244.0.0/16',
    'dst 10.96.0.20',
    'dst 10.244.2.7',
    'src=10.244.1.0/24',
    'not dst 10.244.1.5',
    'addr != 192.0.2.1',
    'port 443',
    'dport 8443',
    'sport 40000',
    'port 8000-9000',
    'port >= 40000',
    'port != 80',
    'pod web-1',
    'pod WEB-*',
    'pod "api-7"',
    'namespace pay',
    'workload web',
    'node node-2',
    'name *.example.com',
    'name ~ pay.svc',
    'service tls',
    'service api',
    'proto tcp',
    'state SF',
    'state != S0',
    'uid CRs21rrKLzfe000001',
    'flow 1',
    'packets 22',
    'bytes > 90000',
    'retx > 0',
    'rtt > 0.2',
    'duration <= 1.5',
    'flags rst',
    'flags syn,fin',
    'flags != urg',
    'port 80 or port 443',
    'port 443 and pod web-1',
    'port 443 pod web-1',
    '(port 80 or port 443) and not retx 0',
    'port 80 or port 443 and pod web-1',
    '!(port 80)',
    'port == 443 && pod web-1 || port 1',
  ])('finds a flow by: %s', text => {
    expect(matches(text)).toBe(true);
  });

  it.each([
    'addr 10.245.0.0/16',
    'src 10.96.0.20',
    'dst 10.244.1.5',
    'port 80',
    'port 1-100',
    'pod web',
    'namespace sh',
    'vlan 5',
    'name *.example.org',
    'state S0',
    'retx > 3',
    'flags urg',
    'port 443 and port 80',
    'not port 443',
    'addr ::/0',
    'bytes < 10',
  ])('leaves a flow out by: %s', text => {
    expect(matches(text)).toBe(false);
  });

  it('asks each packet where only its time decides', () => {
    const match = matches('port 443 and time >= 2026-11-22T10:00:30Z and time < 2026-11-22T10:00:30.5Z');
    if (typeof match === 'boolean') throw new Error('decided too early');
    expect(match('2026-11-22T10:00:29.999999999Z')).toBe(false);
    expect(match('2026-11-22T10:00:30.000000000Z')).toBe(true);
    expect(match('2026-11-22T10:00:30.499999999Z')).toBe(true);
    expect(match('2026-11-22T10:00:30.500000000Z')).toBe(false);
    expect(matches('port 80 and time > 2026-11-22T10:00:30Z')).toBe(false);
    expect(matches('port 443 or time > 2026-11-22T10:00:30Z')).toBe(true);
  });

  it.each([
    ['', 'a field is expected'],
    ['colour red', 'there is no field "colour"'],
    ['addr', 'a value is expected for addr'],
    ['addr 10.0.0.300', '"10.0.0.300" is no address and no CIDR block'],
    ['addr 10.0.0.0/33', 'no CIDR block'],
    ['port http', 'port takes a number, not "http"'],
    ['pod > web', 'pod can only be compared with = and !='],
    ['flags foo', '"foo" is no TCP flag'],
    ['time > yesterday', 'time takes a time in UTC'],
    ['(port 80', '")" is missing'],
    ['port 80)', 'not expected'],
    ['port 80 or', 'a field is expected'],
    ['and port 80', 'there is no field "and"'],
    [`${'('.repeat(200)}port 80${')'.repeat(200)}`, 'nested too deeply'],
    ['p'.repeat(5000), 'longer than 4096 characters'],
  ])('refuses "%.30s" and says why', (text, message) => {
    expect(() => parseExpression(text)).toThrow(ExpressionError);
    expect(() => parseExpression(text)).toThrow(message);
  });

  it('gives an expression or an ExpressionError for any text, and evaluates on any row', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...FIELDS,
        'and',
        'or',
        'not',
        '(',
        ')',
        '=',
        '!=',
        '>',
        '~',
        '!',
        '10.0.0.1',
        '::1',
        '80',
        '"',
        '*',
        'syn',
      ),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), parts => {
        try {
          matchFlow(parseExpression(parts.join(' ')), {});
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('matches a long name against many stars at once', () => {
    expect(matchFlow(parseExpression(`pod ${'*a'.repeat(1000)}`), { orig_pod_name: 'a'.repeat(999) })).toBe(
      false,
    );
  });
});
