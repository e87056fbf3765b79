import { createHash } from 'node:crypto'
import type { Context as HonoContext } from 'hono'
import type { BillhookError } from '../primitives/index.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? character)

const style = `:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 28rem; padding: 2rem; text-align: center }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem }
p { margin: 0; opacity: .8 }`
const styleHash = createHash('sha256').update(style).digest('base64')

/** Whether a person looks at the answer: a browser that goes to an address, and no program that calls the API. */
export const isPageWanted = (c: HonoContext): boolean =>
  c.req.method === 'GET' && !c.req.path.startsWith('/api/') && Boolean(c.req.header('accept')?.includes('text/html'))

/** An error as a person reads it. */
export function messagePage(title: string, error: BillhookError): Response {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style>
<main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(error.message)}</p></main></html>`
  return new Response(html, {
    status: error.status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
    },
  })
}
