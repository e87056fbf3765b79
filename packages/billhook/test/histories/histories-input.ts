/** What the nightly command passes on; what `npm test` plays otherwise. */
export function readHistoriesInput(environment: NodeJS.ProcessEnv) {
  const { HISTORIES_RUNS, HISTORIES_SEED, HISTORIES_WORLD, HISTORIES_PATH } = environment
  return {
    runs: HISTORIES_PATH ? 1 : Number(HISTORIES_RUNS ?? 70),
    seed: Number(HISTORIES_SEED ?? 20_260_131),
    /** Null: every one. */
    world: HISTORIES_WORLD ?? null,
    /** Null: all histories of the seeds. */
    path: HISTORIES_PATH ?? null,
  }
}
