import { createPrivateKey, X509Certificate } from 'node:crypto';
import { selfSigned } from '../../../local/world/certificate.ts';

describe('selfSigned', () => {
  const { key, cert } = selfSigned('pay.shop.svc.cluster.local');
  const certificate = new X509Certificate(cert);

  it('names the host and is valid now', () => {
    expect(certificate.checkHost('pay.shop.svc.cluster.local')).toBe('pay.shop.svc.cluster.local');
    expect(certificate.checkHost('other.shop.svc.cluster.local')).toBeUndefined();
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 300 * 86_400_000);
  });

  it('is signed by its own key', () => {
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });
});
