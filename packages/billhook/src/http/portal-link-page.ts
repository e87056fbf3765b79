import type { BillhookError } from '../primitives/index.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? character)

/** What a person sees whose link does not work. */
export function portalLinkPage(error: BillhookError): Response {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>This link does not work</title><main><h1>This link does not work</h1><p>${escapeHtml(error.message)}</p></main></html>`
  return new Response(html, {
    status: error.status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" },
  })
}
