/** Both forms of a path are one: those of the API end in a slash, everybody else's do not. */
export function normalizePath(pathname: string): string {
  const bare = pathname.replace(/\/+$/, '')
  if (pathname.startsWith('/api/')) return `${bare}/`
  return bare === '' ? '/' : bare
}
