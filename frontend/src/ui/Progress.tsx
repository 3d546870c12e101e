interface Props {
  value: number;
  max: number;
  label: string;
  text: string;
}

export function Progress({ value, max, label, text }: Props) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <div className="progress">
      <div
        className="progress-bar"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={Math.min(value, max)}
        aria-valuetext={text}
      >
        <div style={{ inlineSize: `${share * 100}%` }} />
      </div>
      <span aria-hidden="true">{text}</span>
    </div>
  );
}
