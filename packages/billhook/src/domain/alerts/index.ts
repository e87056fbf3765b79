export type { Alert } from './alert.ts'
export { listAlerts } from './list-alerts.ts'
export { type OpenAlertInput, openAlert } from './open-alert.ts'
export { resolveAlert } from './resolve-alert.ts'
