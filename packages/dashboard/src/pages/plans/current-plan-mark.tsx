/** Stands where the button would be, as tall as it. */
export function CurrentPlanMark() {
  return (
    <p className="flex h-10 items-center justify-center rounded-lg bg-sunken text-sm font-medium text-muted">
      Your current plan
    </p>
  )
}
