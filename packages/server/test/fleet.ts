import { setTimeout as sleep } from 'node:timers/promises'
import { type ServiceRun, startService } from './run-service.ts'

/** Processes of the service on one Postgres that are killed and started again. */
export interface Fleet {
  /** How many were killed so far. */
  readonly kills: number
  /** Waits while all are dead; those that live take turns. */
  url(): Promise<string>
  /** SIGKILL, this very moment: whatever it is doing is never finished. */
  kill(member: number): void
  /** All of them, and waits until they are gone. */
  killAll(): Promise<void>
  /** Starts those that are dead. */
  revive(): Promise<void>
  /** What all processes wrote, the dead ones too. */
  output(): string
  /** No process dies of anything else. */
  stop(): Promise<void>
}

interface FleetOptions {
  size: number
  directory: string
  environment: Record<string, string>
}

export async function startFleet({ size, directory, environment }: FleetOptions): Promise<Fleet> {
  const living = new Map<number, ServiceRun>()
  const all: ServiceRun[] = []
  const start = async (member: number): Promise<void> => {
    const run = await startService({ directory, environment })
    all.push(run)
    living.set(member, run)
  }
  let kills = 0
  const kill = (member: number): void => {
    const run = living.get(member)
    if (!run) return
    void run.stop('SIGKILL')
    living.delete(member)
    kills += 1
  }
  // What was killed may still be on its way out.
  const buried = () => Promise.all(all.filter((run) => ![...living.values()].includes(run)).map(({ exit }) => exit))
  const members = Array.from({ length: size }, (_, member) => member)
  await Promise.all(members.map(start))
  let turn = 0
  return {
    get kills() {
      return kills
    },
    url: async () => {
      while (living.size === 0) await sleep(20)
      turn += 1
      return [...living.values()][turn % living.size]?.url ?? ''
    },
    kill,
    killAll: async () => {
      members.forEach(kill)
      await buried()
    },
    revive: async () => {
      await buried()
      await Promise.all(members.filter((member) => !living.has(member)).map(start))
    },
    output: () => all.map((run) => run.output()).join(''),
    stop: async () => {
      await Promise.all([...living.values()].map((run) => run.stop()))
    },
  }
}
