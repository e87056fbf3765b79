export { type ChangePlanInput, changePlan } from './change-plan.ts'
export { checkLimits } from './check-limits.ts'
export { checkKey } from './check-plan.ts'
export { type CreatePlanInput, createPlan } from './create-plan.ts'
export { getExternalPriceId, getPrice } from './find-price.ts'
export { type GetPlanInput, getPlan } from './get-plan.ts'
export {
  type ImportPriceInput,
  importPrice,
  listMappedPrices,
  type MappedExternalPrice,
} from './import-price.ts'
export { type ListPlansInput, listPlans } from './list-plans.ts'
export type { NewPrice, Plan, PlanPrice, PriceInterval, SellablePrice } from './plan.ts'
export { applyPublishedPrice, publishPlan } from './publish-plan.ts'
export { requireMeters } from './require-meters.ts'
