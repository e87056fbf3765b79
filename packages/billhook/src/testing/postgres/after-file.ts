import { afterAll } from 'vitest'
import { removeIdleDatabases } from './idle-databases.ts'

// Vitest runs this before every test file, and what it registers after all that the file registers.
afterAll(() => removeIdleDatabases())
