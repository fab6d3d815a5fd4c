import type { V1Secret } from '@kubernetes/client-node';
import type { Client } from '../kubernetes/client.ts';
import { ForbiddenError, NotFoundError } from '../kubernetes/errors.ts';
import { paths } from '../kubernetes/paths.ts';
import type { OutputConfiguration } from './resource.ts';
import { CaptureError } from './validate.ts';

const BLOB_KEYS = ['blob-upload-url'];
const S3_KEYS = ['s3-access-key-id', 's3-secret-access-key'];

/** That the Secrets and the claim which the outputs name are there, with their keys; throws CaptureError. */
export async function checkReferences(client: Client, namespace: string, output: OutputConfiguration) {
  const { blobUpload, s3Upload, persistentVolumeClaim } = output;
  if (blobUpload) await checkSecret(client, namespace, blobUpload, BLOB_KEYS);
  if (s3Upload?.secretName) await checkSecret(client, namespace, s3Upload.secretName, S3_KEYS);
  if (persistentVolumeClaim) await checkClaim(client, namespace, persistentVolumeClaim);
}

async function checkSecret(client: Client, namespace: string, name: string, keys: string[]) {
  let present: string[];
  try {
    const { data } = await client.get<V1Secret>(paths.secrets(namespace, name));
    present = Object.keys(data ?? {});
  } catch (error) {
    if (error instanceof ForbiddenError) return; // not ours to read: the kubelet will tell
    if (!(error instanceof NotFoundError)) throw error;
    throw new CaptureError(
      'FindSecretFailed',
      `secret of Capture is not found when blobupload is enabled, secretName: ${name}/${namespace}: create it with the keys ${keys.join(' and ')}`,
    );
  }
  const missing = keys.filter(key => !present.includes(key));
  if (missing.length === 0) return;
  throw new CaptureError(
    'FindSecretFailed',
    `secret ${name}/${namespace} lacks the key ${missing.join(' and ')}: add it`,
  );
}

async function checkClaim(client: Client, namespace: string, name: string) {
  try {
    await client.get(paths.persistentVolumeClaims(namespace, name));
  } catch (error) {
    if (error instanceof ForbiddenError) return;
    if (!(error instanceof NotFoundError)) throw error;
    throw new CaptureError(
      'OtherError',
      `failed to get pvc ${namespace}/${name}: it does not exist; create it or correct outputConfiguration.persistentVolumeClaim`,
    );
  }
}
