import { type ReactNode, useId } from 'react';
import { Name } from './Name';

export interface Choice<T extends string> {
  value: T;
  label: string;
  /** The key that chooses it in this row. */
  key: string;
}

interface Props<T extends string> {
  name: string;
  legend: ReactNode;
  /** The question in full, read out with the group's name. */
  hint?: string | undefined;
  choices: Choice<T>[];
  value: T | undefined;
  onChange: (value: T) => void;
  disabled: boolean;
  required?: boolean;
}

/** One question with its answers side by side: a named group of native radios. */
export function ChoiceRow<T extends string>(props: Props<T>) {
  const { name, legend, hint, choices, value, onChange, disabled, required = false } = props;
  const hintId = useId();
  return (
    <fieldset className="choice-row" data-row={name} disabled={disabled} aria-describedby={hint ? hintId : undefined}>
      <legend>{legend}</legend>
      {hint && <p id={hintId} className="question"><Name of={hint} /></p>}
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
