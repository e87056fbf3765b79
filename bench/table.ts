export const fixed = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits))

/** Of an odd number the one in the middle, of an even number the mean of the two. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  return (upper + lower) / 2
}

/** Null where a value is. */
export const medianOrNull = (values: Array<number | null>): number | null =>
  values.some((value) => value === null) ? null : median(values.map(Number))

/** Columns of even width; the first is text, the others are figures. */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  return rows.map(line).join('\n')
}
