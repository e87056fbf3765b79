import { X509Certificate } from 'node:crypto'
import { getCACertificates } from 'node:tls'
import { errorMessage } from '../../primitives/index.ts'
import type { ProviderHost } from '../provider.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { PayPalSettings } from './options.ts'

const hosts: readonly string[] = [
  'api.paypal.com',
  'api-m.paypal.com',
  'api.sandbox.paypal.com',
  'api-m.sandbox.paypal.com',
]
const pathPattern = /^\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,100}$/
/** A chain of three takes 6 KB. */
const mostBytes = 64 * 1024
const mostKept = 16
const longestChain = 6
const timeoutMs = 10_000

/** Whether a certificate of PayPal's can be there. Nothing is asked for before this says so. */
export function isCertificateAddress(address: string): boolean {
  const url = URL.parse(address)
  if (url?.protocol !== 'https:' || !hosts.includes(url.host) || !pathPattern.test(url.pathname)) return false
  // Nothing beside the two, and nothing that a parser had to put right.
  return address === `https://${url.host}${url.pathname}`
}

/** The certificates that PayPal signs webhooks with. One address never changes what it holds, so each is fetched once. */
export class Certificates {
  readonly #settings: PayPalSettings
  readonly #host: ProviderHost
  readonly #proven = new Map<string, X509Certificate[]>()
  readonly #fetching = new Map<string, Promise<X509Certificate[]>>()
  #roots: X509Certificate[] | null = null

  constructor(settings: PayPalSettings, host: ProviderHost) {
    this.#settings = settings
    this.#host = host
  }

  /**
   * The certificate at an address that `isCertificateAddress` let through, once it is proven to be PayPal's at that time; else what is wrong.
   * Error: `verification_unavailable` when it cannot be had now.
   */
  async leafAt(address: string, now: Date): Promise<X509Certificate | string> {
    const chain = await this.#chainAt(address)
    const [leaf, ...others] = chain
    if (!leaf) return 'the address holds no certificate'
    if (commonName(leaf) !== signerNames[this.#settings.mode]) return 'the certificate is for another name'
    if (leaf.publicKey.asymmetricKeyType !== 'rsa') return 'the key is of another kind than the algorithm'
    if (!this.#isTrusted(leaf, others, now)) return 'no valid chain leads from the certificate to a trusted root'
    this.#keep(address, chain)
    return leaf
  }

  async #chainAt(address: string): Promise<X509Certificate[]> {
    const kept = this.#proven.get(address)
    if (kept) return kept
    const fetching = this.#fetching.get(address) ?? this.#fetch(address).finally(() => this.#fetching.delete(address))
    this.#fetching.set(address, fetching)
    return fetching
  }

  /** Only what is proven: whoever makes addresses up cannot push out the one that PayPal signs by. */
  #keep(address: string, chain: X509Certificate[]): void {
    this.#proven.set(address, chain)
    const oldest = this.#proven.size > mostKept ? this.#proven.keys().next().value : undefined
    if (oldest !== undefined) this.#proven.delete(oldest)
  }

  async #fetch(address: string): Promise<X509Certificate[]> {
    try {
      const response = await this.#host.fetch(this.#placeOf(address), {
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (response.status === 429 || response.status >= 500) throw new Error(`status ${response.status}`)
      return response.status === 200 ? readChain(await readAtMost(response, mostBytes)) : []
    } catch (cause) {
      const detail = `PayPal's certificate cannot be fetched now: ${errorMessage(cause)}`
      const provider = this.#host.providerName
      throw new PaymentProviderError({ provider, code: 'verification_unavailable', detail, retryable: true, cause })
    }
  }

  /** At an emulator where there is one. */
  #placeOf(address: string): string {
    const { apiBase, origin } = this.#settings
    return apiBase ? `${origin}${new URL(address).pathname}` : address
  }

  #isTrusted(leaf: X509Certificate, others: X509Certificate[], now: Date): boolean {
    this.#roots ??= trustedRoots(this.#settings.trustedRoots)
    let current = leaf
    for (let length = 0; length < longestChain; length += 1) {
      if (!isValidAt(current, now)) return false
      const issuers = (all: X509Certificate[]) => all.filter((issuer) => hasIssued(issuer, current))
      const root = issuers(this.#roots).find((issuer) => isValidAt(issuer, now))
      if (root) return true
      const next = issuers(others).find((issuer) => isValidAt(issuer, now))
      if (!next) return false
      current = next
    }
    return false
  }
}

const signerNames = {
  live: 'messageverificationcerts.paypal.com',
  sandbox: 'messageverificationcerts.sandbox.paypal.com',
}

/** The last of the names in the subject, whole: a name that merely begins like PayPal's is another one. */
function commonName({ subject }: X509Certificate): string | null {
  const names = subject.split('\n').filter((line) => line.startsWith('CN='))
  return names.length === 1 ? (names[0]?.slice('CN='.length) ?? null) : null
}

const isValidAt = ({ validFromDate, validToDate }: X509Certificate, now: Date): boolean =>
  validFromDate <= now && now <= validToDate

const hasIssued = (issuer: X509Certificate, subject: X509Certificate): boolean =>
  issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)

/** Node's own, which NODE_EXTRA_CA_CERTS adds to, and those that the host names. */
const trustedRoots = (own: readonly string[]): X509Certificate[] =>
  [...getCACertificates('default'), ...own].flatMap(readChain)

const pemPattern = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** Empty where there is anything that is no certificate. */
function readChain(pem: string): X509Certificate[] {
  try {
    return (pem.match(pemPattern) ?? []).map((text) => new X509Certificate(text))
  } catch {
    return []
  }
}

/** Empty for what is longer: a certificate never is. */
async function readAtMost(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > most) return ''
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('latin1')
}
