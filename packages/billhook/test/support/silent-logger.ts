import type { Logger } from '../../src/providers/provider.ts'

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }
