import { createVerify, sign, X509Certificate } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type CertificateAuthority, certificateAuthority, type SigningIdentity } from './certificate-authority.ts'

/** Ways in which a webhook can be false; each is as good as a true one in everything else. */
export const forgeries = [
  'other_authority',
  'expired_certificate',
  'future_certificate',
  'other_name',
  'other_mode',
  'other_webhook',
  'altered_body',
  'other_algorithm',
  'weak_digest',
  'other_host',
  'plain_http',
  'look_alike_host',
  'other_path',
  'no_signature',
] as const
export type Forgery = (typeof forgeries)[number]

export interface Transmission {
  id: string
  time: Date
  webhookId: string
}

const certificateHost = 'https://api.sandbox.paypal.com'
const certificatePath = '/v1/notifications/certs/'

/** `id|time|webhook|crc32 of the raw bytes`: what PayPal signs. */
export function signedText(
  { id, time, webhookId }: { id: string; time: string; webhookId: string },
  body: string | Uint8Array,
): string {
  return `${id}|${time}|${webhookId}|${crc32(body)}`
}

/** The headers that a body is sent with. */
export function signatureHeaders(
  body: string | Uint8Array,
  transmission: Transmission,
  forgery: Forgery | null,
): Record<string, string> {
  const identity = identityOf(certificateAuthority(), forgery)
  const time = transmission.time.toISOString().replace(/\.\d+Z$/, 'Z')
  const webhookId = forgery === 'other_webhook' ? '0EH40505U7160970P' : transmission.webhookId
  const text = signedText({ id: transmission.id, time, webhookId }, body)
  const isWeak = forgery === 'weak_digest'
  const signature = sign(isWeak ? 'sha1' : 'sha256', Buffer.from(text), identity.key)
  return {
    'content-type': 'application/json',
    'user-agent': 'PayPal/AUHD-214.0-58682444',
    'paypal-auth-algo': isWeak || forgery === 'other_algorithm' ? 'SHA1withRSA' : 'SHA256withRSA',
    'paypal-auth-version': 'v2',
    'paypal-cert-url': certificateUrl(identity, forgery),
    'paypal-transmission-id': transmission.id,
    'paypal-transmission-time': time,
    ...(forgery !== 'no_signature' && { 'paypal-transmission-sig': signature.toString('base64') }),
  }
}

/** Body and headers as they go over the wire. */
export function signWebhook(body: string, transmission: Transmission, forgery: Forgery | null) {
  const headers = signatureHeaders(body, transmission, forgery)
  return { body: forgery === 'altered_body' ? body.replace('{', '{ ') : body, headers }
}

function identityOf(authority: CertificateAuthority, forgery: Forgery | null): SigningIdentity {
  if (forgery === 'other_authority') return authority.stranger
  if (forgery === 'expired_certificate') return authority.expired
  if (forgery === 'future_certificate') return authority.notYetValid
  if (forgery === 'other_mode') return authority.live
  return forgery === 'other_name' ? authority.misnamed : authority.good
}

function certificateUrl({ certificateId }: SigningIdentity, forgery: Forgery | null): string {
  const path = `${certificatePath}${certificateId}`
  if (forgery === 'other_host') return `https://attacker.example.com${path}`
  if (forgery === 'look_alike_host') return `https://api.sandbox.paypal.com.example.com${path}`
  if (forgery === 'plain_http') return `http://api.sandbox.paypal.com${path}`
  if (forgery === 'other_path') return `${certificateHost}/v1/catalogs/../../attacker/${certificateId}`
  return `${forgery === 'other_mode' ? 'https://api.paypal.com' : certificateHost}${path}`
}

/** The PEM behind a certificate's address; null for one that PayPal did not issue. */
export function findCertificate(certificateId: string): string | null {
  const { root: _, ...identities } = certificateAuthority()
  const served: SigningIdentity[] = Object.values(identities)
  return served.find((identity) => identity.certificateId === certificateId)?.pem ?? null
}

/** What the online check says; it knows its own certificates, so the chain needs no second look. */
export function isGenuine(
  facts: { authAlgo: string; certUrl: string; id: string; time: string; signature: string; webhookId: string },
  body: string,
): boolean {
  const { good } = certificateAuthority()
  if (
    facts.authAlgo !== 'SHA256withRSA' ||
    facts.certUrl !== `${certificateHost}${certificatePath}${good.certificateId}`
  ) {
    return false
  }
  const verifier = createVerify('sha256').update(signedText(facts, body))
  return verifier.verify(new X509Certificate(good.pem).publicKey, facts.signature, 'base64')
}
