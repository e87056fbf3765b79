export { applyReportedUsage, type ReportUsageRequest, reportUsage, type UsageReport } from './report-usage.ts'
