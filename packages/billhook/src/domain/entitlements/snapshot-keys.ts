import { createHash, createPrivateKey, createPublicKey, type KeyObject, scrypt, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { formatStamp, type SignedParts, type SnapshotKey, signedText } from './snapshot-signature.ts'

/** DER of an Ed25519 private key, up to its 32 bytes: Node takes them in no shorter form. */
const privateKeyStart = Buffer.from('302e020100300506032b657004220420', 'hex')
const stretch = promisify(scrypt) as (secret: string, salt: string, bytes: number) => Promise<Buffer>

interface SigningKey extends SnapshotKey {
  privateKey: KeyObject
}

export interface SnapshotKeys {
  /** Those of all secrets: while a secret is rotated, both signatures are known. */
  list(): Promise<SnapshotKey[]>
  /** The header that signs an answer with the first key; null where there is no secret. */
  stamp(parts: SignedParts): Promise<string | null>
}

/** Made of the platform's secrets, on first use, so that every process of an installation signs alike and nothing has to be kept. */
export function makeSnapshotKeys(secrets: readonly string[]): SnapshotKeys {
  let made: Promise<SigningKey[]> | null = null
  const keys = (): Promise<SigningKey[]> => {
    made ??= Promise.all(secrets.map(deriveKey))
    return made
  }
  return {
    list: async () => (await keys()).map(({ id, publicKey }) => ({ id, publicKey })),
    stamp: async (parts) => {
      const [key] = await keys()
      return key ? formatStamp({ ...parts, keyId: key.id }, sign(null, signedText(parts), key.privateKey)) : null
    },
  }
}

/** Slowly: whoever has the public key could otherwise try secrets at leisure. */
async function deriveKey(secret: string): Promise<SigningKey> {
  const seed = await stretch(secret, 'billhook entitlement snapshots', 32)
  const privateKey = createPrivateKey({ key: Buffer.concat([privateKeyStart, seed]), format: 'der', type: 'pkcs8' })
  const { x: publicKey = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { id: createHash('sha256').update(publicKey).digest('hex').slice(0, 16), publicKey, privateKey }
}
