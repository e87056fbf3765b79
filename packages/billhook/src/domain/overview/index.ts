export { getOverview, type Overview, type OverviewAction } from './get-overview.ts'
