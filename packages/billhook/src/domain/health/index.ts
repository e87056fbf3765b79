export { isDatabaseUnavailable, isUnstorableText } from '../../db/index.ts'
export { checkReadiness } from './check-readiness.ts'
