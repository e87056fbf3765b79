import type { SubscriptionsController } from '@paypal/paypal-server-sdk'
import type { Send } from './client.ts'

type Sdk = typeof import('@paypal/paypal-server-sdk')

/** One call of the official SDK; `sdk` has its words for things. */
export type SdkCall = (api: SubscriptionsController, sdk: Sdk) => Promise<{ body: unknown }>

interface Loaded {
  controller: SubscriptionsController
  sdk: Sdk
}

/** What the SDK's HTTP client hands to its transport. */
interface TransportRequest {
  method?: string
  url?: string
  headers?: object
  data?: unknown
}

/** Loaded on first use: it takes half a second, which nobody who does not use PayPal should wait for. */
export function loadSubscriptionsApi(send: Send): () => Promise<Loaded> {
  let loading: Promise<Loaded> | null = null
  return () => {
    loading ??= import('@paypal/paypal-server-sdk').then((sdk) => ({
      sdk,
      controller: new sdk.SubscriptionsController(createSdkClient(sdk, send)),
    }))
    return loading
  }
}

/** The SDK knows two fixed hosts and has no setting for another: its transport is replaced, so that its calls go out as all others do. */
function createSdkClient(sdk: Sdk, send: Send) {
  const adapter = async (request: TransportRequest) => {
    const method = (request.method ?? 'GET').toUpperCase()
    const call = {
      method,
      path: pathOf(request.url ?? '/'),
      headers: textHeaders(request.headers ?? {}),
      ...(typeof request.data === 'string' && { body: request.data }),
    }
    const answer = await send(call, method === 'GET' ? 'read' : 'write')
    return { data: answer.body, status: answer.status, statusText: '', headers: answer.headers, config: request }
  }
  return new sdk.Client({
    environment: sdk.Environment.Sandbox,
    // Never sent: the door puts the account's token in its place.
    clientCredentialsAuthCredentials: {
      oAuthClientId: '',
      oAuthClientSecret: '',
      oAuthToken: { accessToken: 'unused', tokenType: 'Bearer' },
    },
    unstable_httpClientOptions: { adapter },
  })
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url, 'https://paypal.invalid')
  return `${pathname}${search}`
}

function textHeaders(headers: object): Headers {
  const entries = Object.entries(headers).flatMap(
    ([name, value]): Array<[string, string]> => (typeof value === 'string' ? [[name, value]] : []),
  )
  return new Headers(entries)
}
