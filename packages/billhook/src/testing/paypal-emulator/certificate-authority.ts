import type { KeyObject } from 'node:crypto'
import { makeCertificate, makeKey } from './certificates.ts'

/** A leaf that messages are signed with, as it is served: with its chain, without the root. */
export interface SigningIdentity {
  /** The last part of the certificate's address. */
  certificateId: string
  pem: string
  key: KeyObject
}

export interface CertificateAuthority {
  /** PEM of the root. */
  root: string
  good: SigningIdentity
  expired: SigningIdentity
  notYetValid: SigningIdentity
  /** In order and well-named, from an authority that nobody trusts. */
  stranger: SigningIdentity
  /** Vouched for by the good root, for another name. */
  misnamed: SigningIdentity
  /** What PayPal signs live messages with, also vouched for by the good root. */
  live: SigningIdentity
}

const signer = 'messageverificationcerts.sandbox.paypal.com'
const whole = { validFrom: new Date('2020-01-01T00:00:00Z'), validTo: new Date('2049-01-01T00:00:00Z') }

let made: CertificateAuthority | undefined

/** The same for every emulator of a process: keys take time to make, and nothing else depends on them. */
export function certificateAuthority(): CertificateAuthority {
  made ??= makeAuthority()
  return made
}

function makeAuthority(): CertificateAuthority {
  const [rootKey, middleKey, key, strangeKey] = [makeKey(), makeKey(), makeKey(), makeKey()]
  const root = makeRoot('Emulated Root CA', rootKey)
  const chain = (issuerKey: KeyObject, issuer: string, times = whole, subject = signer) => {
    const middle = { subject: 'Emulated Intermediate CA', isAuthority: true, ...whole }
    const leaf = { subject, issuer: middle.subject, key, issuerKey: middleKey, isAuthority: false, ...times }
    return (
      makeCertificate({ serial: 3, ...leaf }) +
      makeCertificate({ serial: 2, ...middle, issuer, key: middleKey, issuerKey })
    )
  }
  const identity = (certificateId: string, pem: string): SigningIdentity => ({ certificateId, pem, key })
  const named = (subject: string) => chain(rootKey, 'Emulated Root CA', whole, subject)
  const past = { validFrom: whole.validFrom, validTo: new Date('2020-02-01T00:00:00Z') }
  const future = { validFrom: new Date('2048-01-01T00:00:00Z'), validTo: whole.validTo }
  return {
    root,
    good: identity('CERT-360caa42-fca2a594-e0000001', chain(rootKey, 'Emulated Root CA')),
    expired: identity('CERT-360caa42-fca2a594-e0000002', chain(rootKey, 'Emulated Root CA', past)),
    notYetValid: identity('CERT-360caa42-fca2a594-e0000003', chain(rootKey, 'Emulated Root CA', future)),
    stranger: identity('CERT-360caa42-fca2a594-e0000004', chain(strangeKey, 'Emulated Root CA')),
    misnamed: identity('CERT-360caa42-fca2a594-e0000005', named('messages.example.com')),
    live: identity('CERT-360caa42-fca2a594-e0000006', named('messageverificationcerts.paypal.com')),
  }
}

function makeRoot(name: string, key: KeyObject): string {
  return makeCertificate({ serial: 1, subject: name, issuer: name, key, issuerKey: key, isAuthority: true, ...whole })
}
