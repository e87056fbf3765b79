import { authenticationFailure } from './api-error.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { ApiResult } from './route.ts'

export const tokenPath = '/v1/oauth2/token'

/** Nine hours, as at PayPal. */
const tokenSeconds = 32_400

export interface Credentials {
  clientId: string
  clientSecret: string
}

/** A token for the account's client id and secret; errors have OAuth's shape here, not the API's. */
export function issueToken(
  context: EmulatorContext,
  { clientId, clientSecret }: Credentials,
  authorization: string | undefined,
  form: string,
): ApiResult {
  const [scheme, credentials = ''] = (authorization ?? '').split(' ')
  const given = Buffer.from(credentials, 'base64').toString()
  if (scheme !== 'Basic' || given !== `${clientId}:${clientSecret}`) {
    return { status: 401, body: { error: 'invalid_client', error_description: 'The client id or secret is wrong.' } }
  }
  if (new URLSearchParams(form).get('grant_type') !== 'client_credentials') {
    return {
      status: 400,
      body: { error: 'unsupported_grant_type', error_description: 'Only client_credentials here.' },
    }
  }
  const token = context.ids.next('A21AA', 40)
  context.state.tokens.set(token, context.wallClock().getTime() + tokenSeconds * 1000)
  return {
    status: 200,
    body: {
      scope: 'https://uri.paypal.com/services/subscriptions',
      access_token: token,
      token_type: 'Bearer',
      app_id: 'APP-80W284485P519543T',
      expires_in: tokenSeconds,
      nonce: `${context.wallClock().toISOString()}${token.slice(-8)}`,
    },
  }
}

export function checkToken({ state, wallClock }: EmulatorContext, authorization: string | undefined): void {
  const [scheme, token = ''] = (authorization ?? '').split(' ')
  const endsAt = state.tokens.get(token)
  if (scheme !== 'Bearer' || endsAt === undefined || endsAt <= wallClock().getTime()) throw authenticationFailure()
}
