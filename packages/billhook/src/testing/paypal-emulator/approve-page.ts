import { html } from 'hono/html'
import { moneyOf } from './amounts.ts'
import { type ApproveOptions, approve, findPending, type Pending } from './approval.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { HeldCycle, HeldSubscription } from './objects.ts'
import { chargeOf, setupFeeOf } from './terms.ts'

export interface PageAnswer {
  status: number
  html: string
  location?: string
}

const paths = ['/webapps/billing/subscriptions', '/webapps/billing/subscriptions/update']

const choices: Record<string, { label: string; options: ApproveOptions }> = {
  approve: { label: 'Agree and subscribe', options: { funding: 'pays' } },
  approve_declined: { label: 'Agree with a bank account that is empty', options: { funding: 'declines' } },
  approve_fails_later: { label: 'Agree with a bank account that pays once', options: { funding: 'fails_later' } },
}

/** The page that a buyer agrees on, at the address of the approve link; null for any other path. */
export function answerPage(context: EmulatorContext, method: string, url: URL, form: string): PageAnswer | null {
  if (!paths.includes(url.pathname)) return null
  const pending = findPending(context, url.searchParams.get('ba_token') ?? '')
  if (!pending) return { status: 404, html: page('This request is gone', 'It was answered before, or is too old.') }
  if (method !== 'POST') return { status: 200, html: offerPage(context, pending, '') }
  const action = new URLSearchParams(form).get('action') ?? ''
  if (action === 'cancel') return sendBack(pending, pending.approval.context?.cancel_url)
  const choice = Object.hasOwn(choices, action) ? choices[action] : undefined
  if (!choice) return { status: 400, html: offerPage(context, pending, 'Please choose one of these.') }
  return approve(context, pending, choice.options)
    ? sendBack(pending, pending.approval.context?.return_url)
    : { status: 200, html: offerPage(context, pending, 'There was no money. Please choose another way to pay.') }
}

/** Proves nothing to whoever receives it, at PayPal neither. */
function sendBack({ subscription, approval }: Pending, address: string | undefined): PageAnswer {
  const content = page('Thank you', 'You may close this page.')
  if (address === undefined) return { status: 200, html: content }
  const location = new URL(address)
  location.searchParams.set('subscription_id', subscription.id)
  location.searchParams.set('ba_token', approval.baToken)
  location.searchParams.set('token', approval.token)
  return { status: 303, html: content, location: location.href }
}

function offerPage(context: EmulatorContext, { subscription, approval, isRevision }: Pending, notice: string): string {
  const offered = isRevision ? { ...subscription, ...subscription.revision } : subscription
  const plan = context.state.plans.get(offered.planId)
  const buttons = Object.entries(isRevision ? { approve: { label: 'Agree to the change' } } : choices)
  return String(html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>PayPal (emulated)</title></head>
<body>
<main>
<h1>${approval.context?.brand_name ?? 'Emulated PayPal'}</h1>
<p role="alert">${notice}</p>
<h2>${plan?.name ?? ''}</h2>
<ul>${linesOf(context, offered).map((line) => html`<li>${line}</li>`)}</ul>
<form method="post">
${buttons.map(([action, { label }]) => html`<p><button name="action" value="${action}">${label}</button></p>`)}
<p><button name="action" value="cancel">Cancel and return</button></p>
</form>
</main>
</body>
</html>`)
}

function linesOf(context: EmulatorContext, subscription: HeldSubscription): string[] {
  const { terms, quantity } = subscription
  const show = (minor: number) => `${moneyOf(minor, terms.currency).value} ${terms.currency}`
  const cycles = terms.cycles.map((cycle) => {
    const { total } = chargeOf(subscription, cycle, context.clock.seconds())
    return `${cycle.tenure === 'TRIAL' ? 'Trial: ' : ''}${total === 0 ? 'free' : show(total)} ${rhythmOf(cycle)}`
  })
  const fee = setupFeeOf(subscription).total
  return [`Quantity ${quantity}`, ...(fee > 0 ? [`Set-up fee ${show(fee)}`] : []), ...cycles]
}

function rhythmOf({ frequency, total }: HeldCycle): string {
  const unit = frequency.interval_unit.toLowerCase()
  const every = frequency.interval_count === 1 ? `every ${unit}` : `every ${frequency.interval_count} ${unit}s`
  return total === 0 ? every : `${every}, ${total === 1 ? 'once' : `${total} times`}`
}

function page(title: string, text: string): string {
  return String(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body></html>`)
}
