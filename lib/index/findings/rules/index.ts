import type { Rule } from '../rule.ts';
import { asymmetricCapture } from './asymmetric-capture.ts';
import { captureDrops } from './capture-drops.ts';
import { captureEmpty } from './capture-empty.ts';
import { connectionRefused } from './connection-refused.ts';
import { connectionReset } from './connection-reset.ts';
import { connectionUnanswered } from './connection-unanswered.ts';
import { dnsFailed } from './dns-failed.ts';
import { dnsSearchStorm } from './dns-search-storm.ts';
import { dnsSlow } from './dns-slow.ts';
import { dnsUnanswered } from './dns-unanswered.ts';
import { dnsUnresolved } from './dns-unresolved.ts';
import { grpcFailed } from './grpc-failed.ts';
import { httpFailed } from './http-failed.ts';
import { mtuBlackHole } from './mtu-black-hole.ts';
import { portExhaustion } from './port-exhaustion.ts';
import { retransmissions } from './retransmissions.ts';
import { tlsFailed } from './tls-failed.ts';
import { zeroWindow } from './zero-window.ts';

/** Every rule, afresh for one capture. */
export function createRules(): Rule[] {
  return [
    captureEmpty(),
    captureDrops(),
    asymmetricCapture(),
    dnsUnresolved(),
    dnsFailed(),
    dnsSlow(),
    dnsUnanswered(),
    dnsSearchStorm(),
    connectionRefused(),
    connectionUnanswered(),
    connectionReset(),
    retransmissions(),
    zeroWindow(),
    mtuBlackHole(),
    portExhaustion(),
    tlsFailed(),
    httpFailed(),
    grpcFailed(),
  ];
}
