import { reconcileDue } from '../domain/reconcile/index.ts'
import type { Job } from './job.ts'

/** A page at a time: a run over a whole account is many looks, and whichever process comes next goes on with it. */
export const reconcileProviders: Job = { name: 'reconcile', everyMs: 60_000, run: reconcileDue }
