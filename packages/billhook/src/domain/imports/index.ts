export type { AccountImportWish } from './account-run.ts'
export { adoptPrice, findOrganizationIds } from './adopt.ts'
export {
  type AdoptedEntry,
  adoptOrganization,
  type BundleEntry,
  type OrganizationBundle,
} from './adopt-organization.ts'
export { type ImportAccountInput, type ImportProgressNote, importAccount } from './import-account.ts'
export { orLeftOut } from './left-out.ts'
export { parseCustomerMap } from './parse-customer-map.ts'
export { type ImportCounts, type ImportProblem, type ImportReport, importKinds, type Taken, Tally } from './report.ts'
