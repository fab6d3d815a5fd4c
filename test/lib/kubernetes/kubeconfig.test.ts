import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKubeconfig } from '../../../lib/kubernetes/kubeconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');

function write(changes: { cluster?: object; user?: object; context?: object; current?: string | null }) {
  const file = join(folder, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': changes.current === undefined ? 'one' : changes.current,
    clusters: [{ name: 'c', cluster: { server: 'https://api:6443', ...changes.cluster } }],
    users: [{ name: 'u', user: changes.user ?? {} }],
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', ...changes.context } }],
  };
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  return file;
}

/** A file of this text. */
function text(content: string) {
  const file = join(folder, 'config');
  writeFileSync(file, content);
  return file;
}

test('reads certificates from the file and beside it', async () => {
  writeFileSync(join(folder, 'client.key'), 'KEY');
  const file = write({
    cluster: { 'certificate-authority-data': base64('CA') },
    user: { 'client-certificate-data': base64('CERT'), 'client-key': 'client.key' },
    context: { namespace: 'team' },
  });
  expect(await readKubeconfig(file)).toEqual({
    cluster: 'c',
    namespace: 'team',
    options: { server: 'https://api:6443', ca: 'CA', cert: 'CERT', key: 'KEY' },
  });
});

test('reads tokens, given or in a file', async () => {
  expect(await (await readKubeconfig(write({ user: { token: 't-1' } }))).options.token?.(false)).toBe('t-1');
  writeFileSync(join(folder, 'token'), 't-2\n');
  expect(await (await readKubeconfig(write({ user: { tokenFile: 'token' } }))).options.token?.(false)).toBe(
    't-2',
  );
});

test('asks a plugin for a token, and again only when it must', async () => {
  const plugin = join(folder, 'plugin');
  const log = join(folder, 'log');
  writeFileSync(
    plugin,
    `#!/bin/sh\necho "$1 $NAME" >> ${log}\nn=$(wc -l < ${log})\necho "{\\"status\\":{\\"token\\":\\"t$n\\"}}"\n`,
  );
  chmodSync(plugin, 0o700);
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: plugin,
    args: ['get-token'],
    env: [{ name: 'NAME', value: 'x' }],
  };
  const { token } = (await readKubeconfig(write({ user: { exec } }))).options;
  expect([await token?.(false), await token?.(false), await token?.(true)].map(t => t?.trim())).toEqual([
    't1',
    't1',
    't2',
  ]);
});

test.each([
  ['no file', () => join(folder, 'absent'), /no kubeconfig at .*absent: set KUBECONFIG/],
  ['no current context', () => write({ current: null }), /has no context \(none is current\)/],
  ['an unknown context', () => write({ current: 'two' }), /has no context two/],
  ['no YAML', () => text('users: [\n'), /config is not a kubeconfig: deficient indentation \(2:1\)$/],
  ['nothing at all', () => text(''), /config is not a kubeconfig: .*the input is empty$/],
  [
    'a server that is no text',
    () => write({ cluster: { server: 1 } }),
    /config is not a kubeconfig: clusters\.0\.cluster\.server: .*expected string/,
  ],
  ['an unknown cluster', () => write({ context: { cluster: 'x' } }), /has no cluster x/],
])('says what is missing: %s', async (_, file, message) => {
  await expect(readKubeconfig(file())).rejects.toThrow(message);
});
