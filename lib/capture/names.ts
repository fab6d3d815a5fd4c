import { createHash } from 'node:crypto';

const LABEL_LIMIT = 63;
const SLUG_LIMIT = 52; // leaves room for "-" and ten hex digits in the 63 of a Job's pod label

const digest = (...parts: string[]) =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 10);

/** Beginning of the names of what is made for a Capture. */
const slug = (capture: string) => capture.slice(0, SLUG_LIMIT).replace(/[-.]+$/, '');

/** The same for the same Capture and node, different for every other: making it twice is AlreadyExists. */
export const jobName = (capture: string, uid: string, node: string) =>
  `${slug(capture)}-${digest(uid, node)}`;

/** Of the ConfigMap that holds what a Capture's selectors meant when it started. */
export const frozenName = (capture: string, uid: string) => `${slug(capture)}-${digest(uid)}`;

export const eventName = (capture: string, uid: string, reason: string) =>
  `${slug(capture)}-${digest(uid, reason)}`;

/** Value of the label capture-name: the Capture's name, as far as a label can hold it. */
export const captureLabel = (capture: string) =>
  capture.length <= LABEL_LIMIT ? capture : `${slug(capture)}-${digest(capture)}`;

/** YYYYMMDDhhmmssUTC of an RFC 3339 time, as in file names and in CAPTURE_START_TIMESTAMP. */
export function timestampName(time: string): string {
  return `${new Date(time).toISOString().replace(/[-:T]|\..*$/g, '')}UTC`;
}

/** Name of a node's archive, without .tar.gz. */
export const fileName = (capture: string, node: string, startTime: string) =>
  `${capture}-${node}-${timestampName(startTime)}`;
