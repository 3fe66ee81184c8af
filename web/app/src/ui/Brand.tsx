import "./Brand.css";

/** The mark: an open ring, as a c, and somebody who comes to it. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M15.7 6.8a7 7 0 1 0 0 10.4" />
      <circle cx="19" cy="12" r="2.4" />
    </svg>
  );
}

/** The mark with the name; leads home where that is somewhere else. */
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
