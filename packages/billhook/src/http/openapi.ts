import type { App } from './env.ts'

const description = `Billing that does not belong to a payment company.

Send \`Authorization: Bearer <key>\`. A platform key names the organization in \`X-Organization-Id\`, by our id or your own \`external_id\`.
Paths work with and without the slash at the end. Every POST but webhooks takes an optional \`Idempotency-Key\`. Errors are
\`application/problem+json\` with a stable \`code\`. Amounts are integers of the currency's minor unit; times are RFC 3339 in UTC.`

/** Made of the schemas that the routes check with. */
export function openApiDocument(app: App) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, or a JWT with the claims sub, org_id and role',
  })
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Billhook', version: '1', description, license: { name: 'MIT' } },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
  })
}
