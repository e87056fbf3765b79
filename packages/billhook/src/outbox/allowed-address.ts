import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Context } from '../context.ts'
import { BillhookError, invalid, isWebUrl, type ResolveHost } from '../primitives/index.ts'

/**
 * Whether an address is one of the public internet. Everything that IANA has set apart is not: private, loopback, link-local (cloud metadata),
 * unique-local, carrier NAT, documentation, multicast, reserved, and IPv4 in the disguises of IPv6.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() === 'unicast') return parsed.kind() === 'ipv4' || parsed.match(globalUnicast)
  // NAT64: where a network has IPv6 only, this is how the public IPv4 internet looks from inside.
  return parsed.range() === 'rfc6052' && isPublicAddress(parsed.toByteArray().slice(-4).join('.'))
}

/** All that has been given out to anybody (RFC 4291, section 2.4). */
const globalUnicast = ipaddr.parseCIDR('2000::/3')

/** Names that mean a machine nearby whatever a name server says. */
const localName = /^[^.]+$|\.(localhost|local|internal|home\.arpa|lan|intranet|corp|home)$/

const refused = (hostname: string): BillhookError =>
  invalid(
    'webhook_url_not_allowed',
    `${hostname} is not on the public internet. Webhooks go there only where BILLHOOK_ALLOW_PRIVATE_WEBHOOKS=1 allows it.`,
  )

interface Rules {
  resolveHost: ResolveHost
  allowPrivate: boolean
}

export const addressRules = (ctx: Pick<Context, 'resolveHost' | 'settings'>): Rules => ({
  resolveHost: ctx.resolveHost,
  allowPrivate: ctx.settings.allowPrivateWebhooks,
})

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

/**
 * The addresses that may be connected to: to be asked for every connection, and connected to as they are, since a name can mean another
 * address a moment later. Error: `webhook_url_not_allowed` when one of them is not public.
 */
export async function allowedAddresses(rules: Rules, hostname: string): Promise<string[]> {
  const name = bare(hostname)
  const addresses = isIP(name) === 0 ? await rules.resolveHost(name) : [name]
  if (!rules.allowPrivate && !(addresses.length > 0 && addresses.every(isPublicAddress))) throw refused(name)
  if (addresses.length === 0) throw new Error(`${name} has no address.`)
  return addresses
}

/**
 * Refuses at once what would be refused at every delivery. A name that nobody knows yet may pass. Errors (400): `invalid_webhook_url`,
 * `webhook_url_not_https`, `webhook_url_not_allowed`.
 */
export async function requireAllowedUrl(rules: Rules, text: string): Promise<void> {
  if (!isWebUrl(text))
    throw invalid('invalid_webhook_url', 'url is an absolute https address without a name and password in it.')
  if (rules.allowPrivate) return
  const { protocol, hostname } = new URL(text)
  const name = bare(hostname)
  if (isIP(name) === 0 && localName.test(name)) throw refused(name)
  if (protocol !== 'https:')
    throw invalid('webhook_url_not_https', 'Webhooks carry billing data: url begins with https.')
  try {
    await allowedAddresses(rules, hostname)
  } catch (error) {
    // What no name server knows today is looked up again at each delivery.
    if (error instanceof BillhookError) throw error
  }
}
