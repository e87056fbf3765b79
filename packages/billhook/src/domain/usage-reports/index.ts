export { listUsageLines, type UsageLine } from './list-usage-lines.ts'
export { reportDueUsage } from './report-due-usage.ts'
export { type ReportMeterRequest, reportMeter } from './report-meter.ts'
export { applyReportedUsage, type ReportUsageRequest, reportUsage, type UsageReport } from './report-usage.ts'
