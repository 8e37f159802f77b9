// Labels in small.

/** The labels by name. */
export function LabelList({ labels }: { labels: Readonly<Record<string, string>> }) {
  return (
    <span class="label-list">
      {Object.keys(labels).sort().map((name) => (
        <span key={name}>
          {name}=<b>{labels[name]}</b>
        </span>
      ))}
    </span>
  );
}
