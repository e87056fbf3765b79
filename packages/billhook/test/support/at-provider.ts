import type { BasePaymentProvider } from '../../src/providers/provider.ts'

let lastOperation = 0

/** What the seller, or the buyer, does at the provider itself, so that only the provider tells of it. */
export const atProvider = (provider: BasePaymentProvider) => {
  const operation = <K extends string, I>(kind: K, input: I) => {
    const id = `bhop_of_the_seller_${++lastOperation}`
    return { id, kind, idempotencyKey: id, input, startedAt: new Date(0) }
  }
  return {
    cancel: (externalSubscriptionId: string, atPeriodEnd: boolean) => {
      const input = { externalSubscriptionId, atPeriodEnd }
      return provider.cancelSubscription(input, operation('cancel_subscription', input))
    },
    reactivate: (externalSubscriptionId: string) => {
      const input = { externalSubscriptionId }
      return provider.reactivateSubscription(input, operation('reactivate_subscription', input))
    },
    pause: async (externalSubscriptionId: string) => {
      const input = { externalSubscriptionId, kind: 'service' as const }
      await provider.pause?.pauseSubscription(input, operation('pause_subscription', input))
    },
    resume: async (externalSubscriptionId: string) => {
      const input = { externalSubscriptionId, kind: 'service' as const }
      await provider.pause?.resumeSubscription(input, operation('resume_subscription', input))
    },
  }
}
