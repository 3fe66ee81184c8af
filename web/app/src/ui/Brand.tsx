import "./Brand.css";

/** The mark: an open ring, like a c, and a dot entering it. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M15.7 6.8a7 7 0 1 0 0 10.4" />
      <circle cx="19" cy="12" r="2.4" />
    </svg>
  );
}

/** The mark with the name; a link home on other pages. */
export function Brand({ href }: { href?: string }) {
  const inside = (
    <>
      <Mark />
      <span>connvo</span>
    </>
  );
  return href ? (
    <a className="brand" href={href}>
      {inside}
    </a>
  ) : (
    <span className="brand">{inside}</span>
  );
}
