import type { ReactNode } from 'react';

export interface Choice<T extends string> {
  value: T;
  label: string;
  /** The key that chooses it in this row. */
  key: string;
}

interface Props<T extends string> {
  name: string;
  legend: ReactNode;
  choices: Choice<T>[];
  value: T | undefined;
  onChange: (value: T) => void;
  disabled: boolean;
  describedBy?: string | undefined;
  required?: boolean;
  className?: string;
}

/** One question with its answers side by side: a named group of native radios. */
export function ChoiceRow<T extends string>(props: Props<T>) {
  const { name, legend, choices, value, onChange, disabled, describedBy, required = false, className = '' } = props;
  return (
    <fieldset className={`choice-row ${className}`} data-row={name} disabled={disabled} aria-describedby={describedBy}>
      <legend>{legend}</legend>
      <div className="choices">
        {choices.map((choice) => (
          <label key={choice.value} className="choice">
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={value === choice.value}
              onChange={() => onChange(choice.value)}
              required={required}
              aria-keyshortcuts={choice.key}
            />
            <span className="choice-text">{choice.label}</span>
            <kbd aria-hidden="true">{choice.key}</kbd>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
