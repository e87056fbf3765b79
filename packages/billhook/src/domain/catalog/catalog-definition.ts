import type { FeatureValue, LimitValue } from '../../db/schema/catalog.ts'
import type { Metadata } from '../../db/schema/columns.ts'
import type { NewMeter } from '../meters/index.ts'
import type { AfterGrace, NewPrice } from './plan.ts'

/** A plan as a file declares it: what is left out is as if it were never said. */
export interface PlanDefinition {
  key: string
  name: string
  description?: string | null | undefined
  productLine?: string | undefined
  features?: Record<string, FeatureValue> | undefined
  limits?: Record<string, LimitValue> | undefined
  isDefault?: boolean | undefined
  graceDays?: number | undefined
  afterGrace?: AfterGrace | undefined
  metadata?: Metadata | undefined
  isArchived?: boolean | undefined
  /** A price that says something else than before gets a successor; one that is left out stays as it is. */
  prices?: Array<Omit<NewPrice, 'replaces'>> | undefined
}

/** What is sold and how usage is counted, as code. What it does not name is left alone. */
export interface CatalogDefinition {
  meters?: NewMeter[] | undefined
  plans?: PlanDefinition[] | undefined
}
