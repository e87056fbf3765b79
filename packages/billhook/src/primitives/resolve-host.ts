import { lookup, Resolver } from 'node:dns/promises'

/** The addresses of a name. Throws when it has none, or nobody answers. */
export type ResolveHost = (hostname: string) => Promise<string[]>

/**
 * Asks the name servers and nothing else: what is local to this machine is not found, and a slow server holds none of the few threads in which
 * all other lookups of the process wait.
 */
export function nameServers(): ResolveHost {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  return async (hostname) => {
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (addresses.length > 0) return addresses
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
    return addresses
  }
}

/** As every program of this machine does: its hosts file, its search domains. */
export const systemResolver: ResolveHost = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address)
