import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** Who a certificate is for, who vouches for it, and for how long. */
interface CertificateRequest {
  serial: number
  subject: string
  issuer: string
  key: KeyObject
  issuerKey: KeyObject
  isAuthority: boolean
  validFrom: Date
  validTo: Date
}

/** X.509 v3 in PEM, signed with SHA-256 and RSA; only what the emulator's chain needs. */
export function makeCertificate(request: CertificateRequest): string {
  const { issuerKey, key } = request
  const toBeSigned = der(
    0x30,
    der(0xa0, integer(2)),
    integer(request.serial),
    rsaWithSha256,
    nameOf(request.issuer),
    der(0x30, utcTime(request.validFrom), utcTime(request.validTo)),
    nameOf(request.subject),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensionsOf(request))),
  )
  const signature = sign('sha256', toBeSigned, issuerKey)
  const whole = der(0x30, toBeSigned, rsaWithSha256, bitString(signature))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

export function makeKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

function extensionsOf({ isAuthority, subject }: CertificateRequest): Buffer[] {
  const constraints = isAuthority ? der(0x30, der(0x01, Buffer.from([0xff]))) : der(0x30)
  // keyCertSign and cRLSign for an authority, digitalSignature for a leaf.
  const usage = isAuthority ? Buffer.from([0x01, 0x06]) : Buffer.from([0x07, 0x80])
  const names = isAuthority ? [] : [extension('2.5.29.17', false, der(0x30, der(0x82, Buffer.from(subject))))]
  return [extension('2.5.29.19', true, constraints), extension('2.5.29.15', true, der(0x03, usage)), ...names]
}

function extension(oid: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.from([0xff]))] : []
  return der(0x30, objectId(oid), ...critical, der(0x04, value))
}

/** A name of one part, the common name. */
function nameOf(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, objectId('2.5.4.3'), der(0x0c, Buffer.from(commonName)))))
}

function utcTime(at: Date): Buffer {
  return der(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))
}

function integer(value: number): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return der(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

function bitString(bytes: Buffer): Buffer {
  return der(0x03, Buffer.from([0]), bytes)
}

function objectId(oid: string): Buffer {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number)
  const bytes = rest.flatMap((arc) => {
    const groups = [arc & 0x7f]
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]))
}

/** Tag, length, content: DER has nothing else. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const size = length > 0xff ? [0x82, length >> 8, length & 0xff] : [0x81, length]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const rsaWithSha256 = der(0x30, objectId('1.2.840.113549.1.1.11'), der(0x05))
