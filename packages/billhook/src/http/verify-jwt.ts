import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { isRole } from '../domain/portal/index.ts'
import { BillhookError, type Clock } from '../primitives/index.ts'
import type { JwtOptions } from './options.ts'

export interface JwtClaims {
  subject: string
  /** Our id or the host's. */
  organization: string
  role: 'member' | 'billing' | 'admin' | 'owner'
}

export type VerifyJwt = (token: string) => Promise<JwtClaims | null>

const symmetric = ['HS256', 'HS384', 'HS512']
const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/**
 * A verifier that answers null for a token that proves nothing. Each kind of key takes its own algorithms only, so that a public key can
 * never be used as a shared secret. Errors: `jwks_unavailable` (503).
 */
export function makeVerifyJwt(options: JwtOptions, clock: Clock): VerifyJwt {
  const secret = options.secret === undefined ? null : new TextEncoder().encode(options.secret)
  const keySet = options.jwksUrl === undefined ? null : createRemoteJWKSet(new URL(options.jwksUrl))
  return async (token) => {
    const claims = {
      requiredClaims: ['sub', 'exp', 'org_id', 'role'],
      currentDate: clock.now(),
      ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
      ...(options.audience === undefined ? {} : { audience: options.audience }),
    }
    try {
      if (secret) return toClaims((await jwtVerify(token, secret, { ...claims, algorithms: symmetric })).payload)
      if (keySet) return toClaims((await jwtVerify(token, keySet, { ...claims, algorithms: asymmetric })).payload)
      return null
    } catch (error) {
      if (isRefusal(error)) return null
      throw new BillhookError('jwks_unavailable', 'The keys that sign tokens cannot be read now.', {
        status: 503,
        cause: error,
      })
    }
  }
}

/** jose's errors that are about its key set and not about the token: a timeout, no JSON, another status than 200. */
const keySetErrors = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'])

const isRefusal = (error: unknown): boolean => error instanceof errors.JOSEError && !keySetErrors.has(error.code)

function toClaims({ sub, org_id: organization, role }: JWTPayload): JwtClaims | null {
  if (!sub || typeof organization !== 'string' || !isRole(role)) return null
  return { subject: sub, organization, role }
}
