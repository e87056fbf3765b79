import { randomBytes } from 'node:crypto'
import type { ProviderHost, StateStore } from '../provider.ts'
import { sandboxError } from './errors.ts'

export interface SandboxOptions {
  /** `whsec_<base64>`; several, separated by commas, while rotating: all of them sign and verify. Left out: made once and kept. */
  webhookSecret?: string
  /** How long `clock/advance` waits before each further try of a delivery that failed. */
  deliveryRetryDelaysMs?: readonly number[]
  /** False: it makes no documents and tells of charges, as payment companies do that only collect. */
  documents?: boolean
  /** Abilities that it shall not have and not claim: to try out what is done for providers that lack them. */
  without?: readonly SandboxAbility[]
  /** When a change of plan or quantity becomes real: at once when left out, once the buyer has approved it, or at the next cycle. */
  changes?: 'approved' | 'next_cycle'
}

export type SandboxAbility = 'scheduled_ends' | 'pauses' | 'previews' | 'refunds'

const secretsKey = 'meta/webhook-secrets'
const minSecretBytes = 16

/** The keys that sign webhooks. Throws `provider_misconfigured` for a configured secret that is none. */
export async function webhookKeys(host: ProviderHost, options: SandboxOptions): Promise<Buffer[]> {
  const secrets = options.webhookSecret?.split(',').map((text) => text.trim()) ?? [await keptSecret(host.stateStore)]
  return secrets.map((secret) => keyOf(host.providerName, secret))
}

function keyOf(providerName: string, secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (key.length >= minSecretBytes) return key
  throw sandboxError(
    providerName,
    'provider_misconfigured',
    'A webhook secret is "whsec_" and at least 16 bytes in base64.',
  )
}

async function keptSecret(stateStore: StateStore): Promise<string> {
  const kept = await stateStore.get<string>(secretsKey)
  if (kept !== null) return kept
  return stateStore.exclusively(async (store) => {
    // Another process may have made it since the first look.
    const raced = await store.get<string>(secretsKey)
    if (raced !== null) return raced
    const secret = `whsec_${randomBytes(32).toString('base64')}`
    await store.put(secretsKey, secret)
    return secret
  })
}
