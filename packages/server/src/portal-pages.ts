import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-cache',
}

const beingBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>Billing</title><p>The pages are being built. This page reloads by itself.</p></html>`

/** Serves the dashboard's built files below `/portal/`. */
export function makePortalPages(options: {
  directory: string
  isBeingBuilt(): boolean
}): (path: string) => Promise<Response> {
  return async (path) => {
    if (options.isBeingBuilt())
      return new Response(beingBuilt, { status: 503, headers: { ...pageHeaders, 'retry-after': '2' } })
    const name = path.slice('/portal/'.length)
    if (name === '') return page(options.directory)
    const file = join(options.directory, normalize(name))
    const contentType = contentTypes[extname(file)]
    if (!file.startsWith(options.directory + sep) || contentType === undefined) return page(options.directory, 404)
    const content = await readOrNull(file)
    if (content === null) return new Response('Not found', { status: 404, headers: { 'content-type': 'text/plain' } })
    // Names of assets carry a hash of their content, so what was fetched once stays right.
    const cacheControl = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    return new Response(content, {
      headers: { 'content-type': contentType, 'cache-control': cacheControl, 'x-content-type-options': 'nosniff' },
    })
  }
}

async function page(directory: string, status = 200): Promise<Response> {
  const content = await readOrNull(join(directory, 'index.html'))
  if (content === null) return new Response('The pages are not built: npm run build.', { status: 503 })
  return new Response(content, { status, headers: pageHeaders })
}

async function readOrNull(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return null
    throw error
  }
}
