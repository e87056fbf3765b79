export type { Access } from './access.ts'
export { cancelDuplicateSubscriptions } from './cancel-duplicates.ts'
export {
  type CancelInput,
  type ChangeInput,
  cancelSubscription,
  reactivateSubscription,
} from './cancel-subscription.ts'
export { applyCanceled, applyReactivated, applyUpdated } from './change-outcome.ts'
export {
  getCurrentSubscription,
  getSubscription,
  listGivingSubscriptions,
  listSubscriptions,
  type SubscriptionInput,
} from './get-subscription.ts'
export type { ManageResult, Subscription } from './subscription.ts'
export {
  type ChangeQuantityInput,
  changeQuantity,
  type UpdatePlanInput,
  updateSubscriptionPlan,
} from './update-subscription-plan.ts'
