/** Which database a run tests against: `TEST_DATABASE`, by default a real Postgres. */
export type TestDatabaseKind = 'postgres' | 'pglite'

export type TestServer =
  /** `runId` names this run's templates and roles, for a server that several runs share. */
  { kind: TestDatabaseKind; runId: string } & ({ url: string } | { unavailable: string })

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
  }
}

export function readTestDatabaseKind(environment: NodeJS.ProcessEnv): TestDatabaseKind {
  const kind = environment.TEST_DATABASE ?? 'postgres'
  if (kind !== 'postgres' && kind !== 'pglite') {
    throw new Error(`TEST_DATABASE is "${kind}"; it can be postgres (the default) or pglite`)
  }
  return kind
}
