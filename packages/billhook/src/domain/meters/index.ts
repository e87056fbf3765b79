export { createMeter } from './create-meter.ts'
export { findUnknownMeters, getMeter, listMeters, meterNotFound } from './get-meter.ts'
export {
  countedValue,
  groupsOf,
  isConsumable,
  isLevel,
  type Meter,
  type NewMeter,
  passesFilters,
  type UsageProperties,
  type ValueProblem,
} from './meter.ts'
export { bucketMs, forever, selectUsage, sumUsage, type UsageCut, type UsageRow } from './usage-store.ts'
