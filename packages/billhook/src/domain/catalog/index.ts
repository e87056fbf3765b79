export type { CatalogDefinition, PlanDefinition } from './catalog-definition.ts'
export { type ChangePlanInput, changePlan } from './change-plan.ts'
export { checkLimits } from './check-limits.ts'
export { checkKey } from './check-plan.ts'
export type { CatalogChange, FieldChange } from './compare-catalog.ts'
export { type CreatePlanInput, createPlan } from './create-plan.ts'
export { getExternalPriceId, getMeteredPriceIds, getPrice, listMeteredPrices } from './find-price.ts'
export { type GetPlanInput, getPlan } from './get-plan.ts'
export {
  type ImportPriceInput,
  importPrice,
  listMappedPrices,
  type MappedExternalPrice,
} from './import-price.ts'
export { type ListPlansInput, listPlans } from './list-plans.ts'
export type { MeteredPrice, NewPrice, Plan, PlanPrice, PriceInterval, SellablePrice } from './plan.ts'
export { applyPublishedPrice, publishPlan } from './publish-plan.ts'
export { applyCatalog, previewCatalog } from './push-catalog.ts'
export { requireMeters } from './require-meters.ts'
