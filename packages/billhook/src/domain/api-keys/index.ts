export { type ApiKey, type Scope, scopes } from './api-key.ts'
export { type CreateApiKeyInput, createApiKey } from './create-api-key.ts'
export { findApiKey } from './find-api-key.ts'
export { revokeApiKey } from './revoke-api-key.ts'
