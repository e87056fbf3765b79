export interface JwtOptions {
  /** HS256, HS384 or HS512. */
  secret?: string | undefined
  /** Asymmetric keys, fetched and cached. */
  jwksUrl?: string | undefined
  issuer?: string | undefined
  audience?: string | undefined
}

export interface HttpOptions {
  /** Platform keys that are not in the database, compared in constant time. */
  apiKeys: readonly string[]
  jwt?: JwtOptions | undefined
  /** Other paths that lead to the webhook door, each with the provider account it is for. */
  webhookPaths?: Readonly<Record<string, string>> | undefined
  /** Says in `GET /api/v1/config/` that this installation shows a demonstration. */
  isDemo?: boolean | undefined
}
