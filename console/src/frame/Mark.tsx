/** The brand's mark. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" style={{ flex: "none" }}>
      <rect width="32" height="32" rx="8" fill="#0F8B6D" />
      <path
        d="M22.2 10.2a6.4 6.4 0 0 0-5.6-2.7c-3.6 0-6 1.9-6 4.6 0 5.6 10.8 3 10.8 7.4 0 2-2.1 3.2-4.9 3.200a7.3 7.3 0 0 1-6.2-2.9"
        fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round"
      />
      <circle cx="23.4" cy="22.6" r="2" fill="#fff" />
    </svg>
  );
}
