import { describe, expect, it } from "vitest";
import { fileName } from "../src/notes/exports";
import { blocksOf } from "../src/notes/markdown/blocks";
import { htmlOf, htmlPage } from "../src/notes/markdown/html";
import { plainText } from "../src/notes/markdown/plainText";

const html = (text: string) => htmlOf(blocksOf(text));

const MEETING = `# Weekly *planning*

The plan is at https://example.org/plan
and it is **good**.

- [ ] Order the cards
- [x] Turn the \`handle\`
  - with care

3. Seven notes
4. Publish them

> Quoted
> twice

| who | what |
|---|---|
| Ada | notes |

---
`;

describe("notes as a web page", () => {
  it("have headings, lists, checkboxes and tables, and a line for each line", () => {
    expect(html(MEETING)).toMatchInlineSnapshot(`
      "<h1 dir="auto">Weekly <em>planning</em></h1>
      <p dir="auto">The plan is at <a href="https://example.org/plan" rel="noopener noreferrer nofollow">https://example.org/plan</a><br>and it is <strong>good</strong>.</p>
      <ul>
      <li dir="auto" class="task"><input type="checkbox" disabled> Order the cards</li>
      <li dir="auto" class="task"><input type="checkbox" disabled checked> Turn the <code>handle</code>
      <ul>
      <li dir="auto">with care</li>
      </ul>
      </li>
      </ul>
      <ol start="3">
      <li dir="auto">Seven notes</li>
      <li dir="auto">Publish them</li>
      </ol>
      <blockquote>
      <p dir="auto">Quoted<br>twice</p>
      </blockquote>
      <table>
      <tr><th>who</th><th>what</th></tr>
      <tr><td>Ada</td><td>notes</td></tr>
      </table>
      <hr>"
    `);
  });

  it.each([
    ["markup", "<img src=x onerror=alert(1)> <b>bold</b>"],
    ["a block of markup", "<script>\nalert(1)\n</script>"],
    ["code", "```\n<script>alert(1)</script>\n```"],
    ["a comment", "<!-- <script>alert(1)</script> -->"],
    ["a title", '[a](https://example.org/"onclick="alert(1))'],
  ])("show %s as text", (_name, text) => {
    expect(html(text)).not.toMatch(/<(?:img|script|b)\b|<[^>]* on\w+=/);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"])(
    "make no link of %s",
    (address) => {
      for (const text of [
        `[press](${address})`,
        `<${address}>`,
        `![picture](${address})`,
        `[press][1]\n\n[1]: ${address}`,
      ]) {
        expect(html(text)).not.toContain("href");
      }
    },
  );

  it("keep the words of everything that becomes no link", () => {
    expect(html("[press](javascript:x) now")).toBe('<p dir="auto">press now</p>');
    expect(html("see [a *b*](https://example.org/) now")).toBe(
      '<p dir="auto">see <a href="https://example.org/" rel="noopener noreferrer nofollow">a <em>b</em></a> now</p>',
    );
  });

  it("escape the title", () => {
    expect(htmlPage("</title><script>", "")).toContain("<title>&lt;/title&gt;&lt;script&gt;</title>");
  });
});

describe("the place of a task", () => {
  it("is that of the character within its brackets", () => {
    const text = "- [ ] one\n- [x] two";
    const [list] = blocksOf(text);
    const places = list?.kind === "list" ? list.items.map(({ task }) => [task?.checked, text[task?.at ?? -1]]) : [];
    expect(places).toEqual([
      [false, " "],
      [true, "x"],
    ]);
  });
});

describe("notes as text", () => {
  it("have no marks, and addresses after the text of their links", () => {
    expect(plainText(`${MEETING}\n[here](https://example.org/x)\n`)).toBe(
      `Weekly planning

The plan is at https://example.org/plan
and it is good.

☐ Order the cards
☑ Turn the handle
  • with care

3. Seven notes
4. Publish them

  Quoted
  twice

who\twhat
Ada\tnotes

———

here (https://example.org/x)
`,
    );
  });

  it("are empty where the notes are", () => expect(plainText(" \n\n")).toBe(""));
});

describe("the name of the file", () => {
  it.each([
    ["Weekly planning", "Weekly planning – notes.md"],
    ['a/b\\c:"d"\n*?', "a b c d – notes.md"],
    ["../../etc", "etc – notes.md"],
    ["\u202egpj.exe", "gpj.exe – notes.md"],
    ["", "Meeting – notes.md"],
  ])("of %j is safe", (title, name) => expect(fileName(title, "markdown")).toBe(name));
});
