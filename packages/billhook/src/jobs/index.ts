export { Alarm, type RunningJobs, runJobsUntilIdle, startJobs } from './run-jobs.ts'
