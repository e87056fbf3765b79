import type { CardForm } from './cards.ts'

const longestForm = 16_384

/** A typed number wins over a chosen card. */
export async function readForm(request: Request): Promise<CardForm & { action: string; promotionCode: string }> {
  const text = await request.text()
  const fields = new URLSearchParams(text.length <= longestForm ? text : '')
  const card = fields.get('card')?.trim() || fields.get('test_card') || ''
  return {
    card,
    confirm: fields.get('confirm') ?? '',
    action: fields.get('action') ?? '',
    promotionCode: fields.get('promotion_code')?.trim() ?? '',
  }
}

export function seeOther(address: string): Response {
  return new Response(null, {
    status: 303,
    // A header holds ASCII only, and by now the buyer has paid: an address in other letters is written as browsers write it.
    headers: { location: new URL(address).href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}
