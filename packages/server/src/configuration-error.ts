/** Something in the configuration stops the start. The message is one sentence for whoever runs the service. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}
