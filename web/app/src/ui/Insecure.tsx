/** On a page served over plain http, everything works but the user's own devices; this explains why and what to do. */

import { Icon } from "./Icon";
import "./Insecure.css";

const WHY = "Browsers allow camera and microphone only on pages loaded over https, or from this computer (localhost).";

/** Shown beside the disabled devices. */
export function InsecureNote() {
  if (isSecureContext) return null;
  return (
    <p className="alert fair" role="note">
      <Icon sign="alert" />
      <span>
        This page was loaded over http. You can join, see and hear the others, and write; they cannot see or hear you.{" "}
        <a href="/diagnostics#https">How to set up https</a>
      </span>
    </p>
  );
}

/** For operators of the server. */
export function InsecureHelp() {
  if (isSecureContext) return null;
  return (
    <section id="https" aria-labelledby="https-heading">
      <h2 id="https-heading">Camera and microphone need https</h2>
      <p>
        {WHY} This one came from <code>{location.origin}</code>.
      </p>
      <p>
        People who run this server put a web server with a certificate in front of it, for example Caddy, which gets the
        certificate itself. With the name of your server in place of meet.example.org:
      </p>
      <pre>
        <code>{`caddy reverse-proxy --from meet.example.org --to 127.0.0.1:${location.port || "3210"}`}</code>
      </pre>
      <p className="muted">
        Then invite people to https://meet.example.org. The chapter HTTPS of connvo's operating guide
        (docs/operating.md) has more, also for networks without a public name.
      </p>
    </section>
  );
}
