export { type Access, type AccessFacts, decideAccess } from './access.ts'
export { cancelDuplicateSubscriptions } from './cancel-duplicates.ts'
export {
  type CancelInput,
  type ChangeInput,
  cancelSubscription,
  reactivateSubscription,
} from './cancel-subscription.ts'
export { applyCanceled, applyPaused, applyReactivated, applyResumed, applyUpdated } from './change-outcome.ts'
export { createProviderPortalLink, type ProviderLinkInput, updatePaymentMethod } from './create-provider-link.ts'
export { endSubscriptionsByPolicy } from './end-by-policy.ts'
export {
  getCurrentSubscription,
  getSubscription,
  listSubscriptions,
  type SubscriptionInput,
} from './get-subscription.ts'
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
