// Two sheets, one over the other: fonts do not always have a sign for it.

/** The sign for copying. */
export function CopyIcon() {
  return (
    <svg class="copy-icon" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 3.5v-.2a1.3 1.3 0 0 0-1.3-1.3H3.8a1.3 1.3 0 0 0-1.3 1.3v5.4a1.3 1.3 0 0 0 1.3 1.3h.2" />
    </svg>
  );
}
