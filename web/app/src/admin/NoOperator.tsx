import { useState } from "react";
import { copyText } from "../ui/copyText";
import { Icon } from "../ui/Icon";

/** Shown to callers who are no operators: the identity and the setting by which they become one. */
export function NoOperator({ identity }: { identity: string }) {
  const [said, setSaid] = useState("");
  const copy = (text: string) =>
    void copyText(text).then((done) => setSaid(done ? "Copied." : "Copying is not allowed here: select the text."));
  return (
    <section className="card">
      <p role="alert">Only operators of this server may see this.</p>
      <p>This is your identity, as the server knows it:</p>
      <Copied text={identity} words="Copy identity" onCopy={copy} />
      <p>To become an operator, start every node of the server with this setting, after the identities that it has:</p>
      <Copied text={settingFor(identity)} words="Copy setting" onCopy={copy} />
      <p role="status" className="muted">
        {said}
      </p>
      <p className="muted">
        <a href="/docs/operating.html#operators-console">Operating</a> has the whole way, and other ways.
      </p>
    </section>
  );
}

type CopiedProps = { text: string; words: string; onCopy: (text: string) => void };

function Copied({ text, words, onCopy }: CopiedProps) {
  return (
    <div className="admin-copy">
      <code>{text}</code>
      <button type="button" className="small" onClick={() => onCopy(text)}>
        <Icon sign="copy" />
        <span>{words}</span>
      </button>
    </div>
  );
}

/** The setting that names an identity, quoted for a shell and for a file of the environment: it has a `|`. */
function settingFor(identity: string): string {
  return `CONNVO_AUTH_OPERATORS='${identity}'`;
}
