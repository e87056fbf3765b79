import { expect, it } from 'vitest'
import { isCertificateAddress } from './certificates.ts'

it.each([
  'https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1',
  'https://api.paypal.com:8443/v1/notifications/certs/CERT-1',
  'https://api.paypal.com/v1/notifications/certs/../../x',
  'https://api.paypal.com/v1/notifications/certs/CERT-1?x=1',
  'https://api.paypal.com/v1/notifications/certs/%2e%2e',
  'https://API.paypal.com\\@evil.example/v1/notifications/certs/CERT-1',
  ' https://api.paypal.com/v1/notifications/certs/CERT-1',
  'file:///v1/notifications/certs/CERT-1',
])('no certificate of PayPal’s is at %s', (address) => {
  expect(isCertificateAddress(address)).toBe(false)
})

it.each(['api.paypal.com', 'api-m.paypal.com', 'api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'])(
  'certificates are at %s',
  (host) => {
    expect(isCertificateAddress(`https://${host}/v1/notifications/certs/CERT-360caa42-fca2a594-1`)).toBe(true)
  },
)
