export { type Clock, type FixedClock, fixedClock, systemClock } from './clock.ts'
export { Convoy } from './convoy.ts'
export { isCountry } from './country.ts'
export { activeCurrencies, isActiveCurrency, isCurrency, minorUnits } from './currency.ts'
export { canonicalDecimal } from './decimal.ts'
export {
  BillhookError,
  type BillhookErrorOptions,
  conflict,
  errorMessage,
  type Facts,
  InvariantError,
  invalid,
  notFound,
} from './errors.ts'
export { Gatherer, type GathererOptions } from './gatherer.ts'
export {
  firstIdAt,
  type IdKind,
  type IdPrefix,
  type Ids,
  idPrefixes,
  looksLikeOurId,
  sequentialIds,
  systemIds,
} from './ids.ts'
export {
  add,
  allocate,
  compare,
  formatMoney,
  fromDecimalString,
  type Money,
  money,
  multiplyByQuantity,
  multiplyByRatio,
  negate,
  subtract,
  sum,
  toDecimalString,
  unitAmountFromDecimal,
  usageAmount,
} from './money.ts'
export {
  addDuration,
  calendarMonthAt,
  type Interval,
  isTimeZone,
  type Period,
  type PeriodCalendar,
  periodAt,
  periodBoundary,
  subtractDuration,
} from './period.ts'
export {
  parseQuantity,
  type Quantity,
  quantityFromText,
  quantityNumber,
  quantityText,
  wholeQuantity,
} from './quantity.ts'
export { nameServers, type ResolveHost, systemResolver } from './resolve-host.ts'
export { compareSecrets } from './secrets.ts'
export { sha256Hex, stableStringify } from './stable-json.ts'
export { storable, storableText } from './storable.ts'
export { isWebUrl, requireWebUrl } from './web-url.ts'
