import type { BillingFact } from '../../outbox/billing-event.ts'
import type { Grant } from './grant.ts'

/** What a grant and its end say to whoever keeps entitlements. */
export const grantFact = ({ id, organizationId }: Grant): BillingFact => ({
  type: 'entitlements.changed',
  objectId: id,
  data: {
    organizationId,
    grantId: id,
    subscriptionId: null,
    planId: null,
    previousPlanId: null,
    quantity: null,
  },
})
