import type { ProviderRoute } from '../provider.ts'
import { PaymentProviderError } from '../provider-error.ts'
import { missingPage } from './checkout-page.ts'
import type { SandboxClient } from './client.ts'

export type Page = (client: SandboxClient, id: string, request: Request) => Promise<Response>

/** The form of ids that the sandbox makes: nothing else is worth a look at the store, which may be unable to hold it. */
const madeHere = /^\w{1,64}$/

/** A route to a page that is known only by its link. What no link of ours leads to says that there is nothing. */
export function publicPage(
  client: SandboxClient,
  { method, path, page }: Pick<ProviderRoute, 'method' | 'path'> & { page: Page },
): ProviderRoute {
  return {
    method,
    path,
    auth: 'public',
    handle: async (request, { id = '' }) => {
      if (!madeHere.test(id)) return missingPage()
      try {
        return await page(client, id, request)
      } catch (cause) {
        if (cause instanceof PaymentProviderError && cause.code === 'resource_missing') return missingPage()
        throw cause
      }
    },
  }
}
