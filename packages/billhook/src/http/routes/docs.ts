import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { notFound } from '../../primitives/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { openApiDocument } from '../openapi.ts'

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Billhook API</title><link rel="stylesheet" href="/docs/swagger-ui.css"><link rel="icon" href="/docs/favicon-32x32.png"></head>
<body><div id="docs"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`
const startScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })`
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI sets style attributes.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The files of Swagger UI that the page needs, from the installed package: nothing comes from anywhere else. */
const files: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

export const docsRoutes: RegisterRoutes = (app) => {
  let document: string | undefined
  app.get('/openapi.json', (c) => {
    document ??= JSON.stringify(openApiDocument(app))
    return c.body(document, 200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
  })
  app.get('/docs', (c) => c.html(page, 200, { 'content-security-policy': contentSecurityPolicy }))
  app.get('/docs/start.js', (c) => c.body(startScript, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  app.get('/docs/:file', async (c) => {
    const name = c.req.param('file')
    const contentType = files[name]
    if (!contentType) throw notFound('not_found', 'There is nothing at this address.')
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
    const content = await readFile(join(folder, name))
    return c.body(content, 200, { 'content-type': contentType, 'cache-control': 'public, max-age=86400' })
  })
}
