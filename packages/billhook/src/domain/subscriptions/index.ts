export { type Access, type AccessFacts, decideAccess } from './access.ts'
export type { ChangeInput } from './billed-change.ts'
export { cancelDuplicateSubscriptions } from './cancel-duplicates.ts'
export { type CancelInput, cancelSubscription, reactivateSubscription } from './cancel-subscription.ts'
export { applyCanceled, applyPaused, applyReactivated, applyResumed, applyUpdated } from './change-outcome.ts'
export { checkApproval } from './check-approval.ts'
export { createProviderPortalLink, type ProviderLinkInput, updatePaymentMethod } from './create-provider-link.ts'
export { endSubscriptionsByPolicy } from './end-by-policy.ts'
export { endHeldSubscriptions } from './end-held-subscriptions.ts'
export { expireOffers } from './expire-offers.ts'
export {
  getCurrentSubscription,
  getSubscription,
  listSubscriptions,
  type SubscriptionInput,
} from './get-subscription.ts'
export { emulatesEnd } from './held-end.ts'
export { type PauseInput, pauseSubscription, resumeSubscription } from './pause-subscription.ts'
export { type ChangePreview, previewChange } from './preview-change.ts'
export { purgeExpiredPreviews } from './purge-previews.ts'
export type { ManageResult, Subscription } from './subscription.ts'
export {
  type ChangeQuantityInput,
  changeQuantity,
  type UpdatePlanInput,
  updateSubscriptionPlan,
} from './update-subscription-plan.ts'
