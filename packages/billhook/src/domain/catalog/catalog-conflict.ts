import { isUniqueViolation } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'

const refusals = {
  plans_key_once: () => conflict('plan_exists', 'There is a plan with this key already.'),
  prices_key_once: () => conflict('price_exists', 'There is a price with one of these keys already.'),
  plans_one_default_per_product_line: () =>
    conflict('default_plan_exists', 'Another plan is the default of this product line.'),
}

/** What a unique key of the catalog refused, in our words; anything else as it is. */
export function catalogConflict(error: unknown): unknown {
  const found = Object.entries(refusals).find(([constraint]) => isUniqueViolation(error, constraint))
  return found ? found[1]() : error
}
