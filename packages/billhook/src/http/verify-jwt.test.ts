import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fixedClock } from '../primitives/index.ts'
import { makeVerifyJwt } from './verify-jwt.ts'

const clock = fixedClock('2026-03-01T00:00:00Z')
let server: Server
let jwksUrl: string
let keys: Awaited<ReturnType<typeof generateKeyPair>>
let publicJwk: Awaited<ReturnType<typeof exportJWK>>

beforeAll(async () => {
  keys = await generateKeyPair('ES256')
  publicJwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256' }
  server = createServer((request, response) => {
    response.statusCode = request.url === '/jwks' ? 200 : 500
    response.end(JSON.stringify({ keys: [publicJwk] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  jwksUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/jwks`
})
afterAll(() => void server.close())

const claims = () =>
  new SignJWT({ org_id: 'acme', role: 'admin' }).setSubject('u').setExpirationTime(new Date('2026-03-01T01:00:00Z'))

it('takes a token that is signed by a key of the set', async () => {
  const token = await claims().setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(keys.privateKey)
  const verify = makeVerifyJwt({ jwksUrl }, clock)
  expect(await verify(token)).toEqual({ subject: 'u', organization: 'acme', role: 'admin' })
})

it('refuses a token of another key, and one that uses the public key as a shared secret', async () => {
  const verify = makeVerifyJwt({ jwksUrl }, clock)
  const { privateKey } = await generateKeyPair('ES256')
  expect(await verify(await claims().setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(privateKey))).toBeNull()
  const secret = new TextEncoder().encode(JSON.stringify(publicJwk))
  expect(await verify(await claims().setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret))).toBeNull()
})

it('answers 503, not 401, while the keys cannot be read', async () => {
  const token = await claims().setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(keys.privateKey)
  for (const broken of ['http://127.0.0.1:9/jwks', jwksUrl.replace('/jwks', '/broken')]) {
    const verify = makeVerifyJwt({ jwksUrl: broken }, clock)
    await expect(verify(token), broken).rejects.toMatchObject({ code: 'jwks_unavailable', status: 503 })
  }
})
