import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PaypalEmulator, startPaypalEmulator } from '../../billhook/src/testing/paypal-emulator/index.ts'

export interface PaypalAccount {
  emulator: PaypalEmulator
  /** All that a service has to be told to use it. */
  environment: Record<string, string>
  /** Where a service at this address hears of it. */
  listenAt(url: string): void
}

/** An emulated account whose time begins now, for a service that is a process of its own; it finds the authority in this directory. */
export async function openPaypalAccount(directory: string): Promise<PaypalAccount> {
  const emulator = await startPaypalEmulator()
  const authority = join(directory, 'paypal-authority.pem')
  await writeFile(authority, emulator.certificateAuthority)
  return {
    emulator,
    environment: {
      PAYPAL_CLIENT_ID: emulator.clientId,
      PAYPAL_CLIENT_SECRET: emulator.clientSecret,
      PAYPAL_WEBHOOK_ID: emulator.webhookId,
      PAYPAL_API_BASE: emulator.baseUrl,
      NODE_EXTRA_CA_CERTS: authority,
    },
    listenAt: (url) => {
      emulator.webhookUrl = `${url}/api/v1/billing/webhooks/paypal/`
    },
  }
}
