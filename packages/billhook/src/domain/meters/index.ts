export { createMeter } from './create-meter.ts'
export { findMeters, findUnknownMeters, getMeter, listMeters, meterNotFound } from './get-meter.ts'
export {
  checkMeter,
  countedValue,
  groupsOf,
  isConsumable,
  isLevel,
  type Meter,
  type MeterRecord,
  type NewMeter,
  passesFilters,
  type UsageProperties,
  type ValueProblem,
} from './meter.ts'
export { bucketMs, forever, selectUsage, sumUsage, type UsageCut, type UsageRow } from './usage-store.ts'
