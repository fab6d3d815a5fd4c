/** Whom the embedded cloud plays: one account in one region, with one key pair. */
export interface Account {
  id: string;
  region: string;
  credentials: Credentials;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Not a secret: it opens nothing but an emulator on this machine. */
export const LOCAL_ACCOUNT: Account = {
  id: '000000000000',
  region: 'us-east-1',
  credentials: { accessKeyId: 'LOCALEXAMPLEKEY', secretAccessKey: 'local/example/secret' },
};

export const arn = (account: Account, service: string, resource: string) =>
  `arn:aws:${service}:${account.region}:${account.id}:${resource}`;
