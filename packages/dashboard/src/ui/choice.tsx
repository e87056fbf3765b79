interface ChoiceProps {
  legend: string
  name: string
  options: { value: string; label: string }[]
  value: string
  onChange: (value: string) => void
}

/** One of a few, side by side: radio buttons underneath, so that arrow keys and screen readers know it. */
export function Choice({ legend, name, options, value, onChange }: ChoiceProps) {
  return (
    <fieldset className="inline-flex rounded-xl bg-sunken p-1">
      <legend className="sr-only">{legend}</legend>
      {options.map((option) => (
        <label key={option.value} className="relative">
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="peer sr-only"
          />
          <span className="block rounded-lg px-4 py-1.5 text-sm font-medium text-muted transition-colors peer-checked:bg-raised peer-checked:text-ink peer-checked:shadow-card peer-focus-visible:outline-2 peer-focus-visible:outline-offset-1 peer-focus-visible:outline-accent-text hover:text-ink">
            {option.label}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
