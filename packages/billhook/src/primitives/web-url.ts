const maxLength = 2048

/** Whether a browser may be sent there: an absolute http or https address without credentials in it, at most 2048 characters. */
export function isWebUrl(value: string): boolean {
  if (value.length > maxLength || !URL.canParse(value)) return false
  const url = new URL(value)
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
}
