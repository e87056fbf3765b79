import { missingParameter } from './api-error.ts'
import { checkUrl } from './checkout-options.ts'
import { demandCustomer } from './customers.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import type { PortalSession } from './objects.ts'
import type { Route } from './route.ts'

const flowTypes = [
  'payment_method_update',
  'subscription_cancel',
  'subscription_pause',
  'subscription_update',
  'subscription_update_confirm',
] as const

const flowFields = [
  ...['flow_data.type', 'flow_data.after_completion.type', 'flow_data.after_completion.redirect.return_url'],
  ...['flow_data.after_completion.hosted_confirmation.custom_message', 'flow_data.subscription_cancel.**'],
  ...[
    'flow_data.subscription_pause.**',
    'flow_data.subscription_update.**',
    'flow_data.subscription_update_confirm.**',
  ],
]

function flowOf(context: EmulatorContext, params: FormReader): Record<string, unknown> | null {
  const flow = params.hash('flow_data')
  if (!flow) return null
  const type = flow.oneOf('type', flowTypes)
  if (type === null) throw missingParameter('flow_data[type]')
  const details: Record<string, unknown> = {}
  for (const kind of flowTypes.filter((name) => name !== 'payment_method_update')) {
    const subscription = flow.hash(kind)?.text('subscription') ?? null
    if (kind === type && subscription === null) throw missingParameter(`flow_data[${kind}][subscription]`)
    if (subscription !== null)
      demand(context.state.subscriptions, 'subscription', subscription, `flow_data[${kind}]`, 'parameter')
    details[kind] = subscription === null ? null : { subscription }
  }
  return { after_completion: { hosted_confirmation: null, redirect: null, type: 'portal_homepage' }, ...details, type }
}

function createPortalSession(context: EmulatorContext, params: FormReader): PortalSession {
  const customer = demandCustomer(context, params.required('customer'), 'parameter')
  if (params.has('return_url')) checkUrl(params, 'return_url')
  const id = context.newId('bps')
  const session: PortalSession = {
    id,
    object: 'billing_portal.session',
    configuration: params.text('configuration') ?? 'bpc_emulator_default',
    created: context.clock.seconds(),
    customer: customer.id,
    customer_account: null,
    flow: flowOf(context, params),
    livemode: false,
    locale: params.text('locale'),
    on_behalf_of: null,
    return_url: params.text('return_url'),
    url: `${context.baseUrl}/p/session/${id}`,
  }
  context.state.portalSessions.set(id, session)
  return session
}

export const portalRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/billing_portal/sessions',
    allowed: ['configuration', 'customer', ...flowFields, 'locale', 'return_url'],
    answer: createPortalSession,
  },
]
