"""Build the documentation as a site with search, which a server serves at `/docs/` without other hosts.

Stages the Markdown pages of the repository, has Sphinx render them, and moves inline scripts and styles into files:
the server's content security policy allows only those. Run it by `make docs`.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "build" / "docs"
# Pages outside `docs/` that it links to; in the site, they lie in this folder.
OTHERS = "project"
OTHER_PAGES = (
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "contrib/*/README.md", "examples/README.md",
    "web/notes/README.md", "web/rtc/README.md",
)  # fmt: skip
PICTURES = ("docs/screens/*.png",)
# Pages of the generator have these names.
TAKEN = frozenset({"genindex.md", "search.md"})
# The reference that a server has beside the site: a link there, and words in a folder of the repository.
REFERENCE = "`/docs/api`"
REFERENCE_LINK = '<a href="/docs/api"><code>/docs/api</code></a>'
# Folders without a page of their own; the site makes one.
FOLDERS = {PurePosixPath("docs/decisions"): PurePosixPath("decisions/index.md")}
# `[text](target)` and `![text](target)`; targets of these pages hold no blanks or parentheses.
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^()\s]+)\)")
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
INLINE_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
STYLE_ATTRIBUTE = re.compile(r'(<[^<>]*) style="([^"]*)"')
ATTRIBUTE_STYLES = "attributes.css"
DECISIONS = "# Decisions\n\nThe reasons for the design, oldest first."
DIGEST_DIGITS = 12


def places(root: Path) -> dict[PurePosixPath, PurePosixPath]:
    """Return each file of the site by its path in the repository, with its path in the staged folder."""
    found = {PurePosixPath(path.relative_to(root).as_posix()) for path in root.glob("docs/**/*.md")}
    for pattern in (*OTHER_PAGES, *PICTURES):
        found |= {PurePosixPath(path.relative_to(root).as_posix()) for path in root.glob(pattern)}
    return {path: _place(path) for path in sorted(found)}


def _place(path: PurePosixPath) -> PurePosixPath:
    inside = path.parts[0] == "docs"
    moved = path.relative_to("docs") if inside else PurePosixPath(OTHERS) / path
    if moved.name in TAKEN:
        return moved.with_name(f"about-{moved.name}")
    return moved.with_name("index.md") if moved.name == "README.md" and moved.parts[0] != OTHERS else moved


def relinked(text: str, page: PurePosixPath, staged: Mapping[PurePosixPath, PurePosixPath]) -> str:
    """Return the text of a page with its links as they are in the staged folder.

    A link to a file that is not part of the site becomes its text.
    """

    def replace(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        if ":" in target or target.startswith(("#", "/")):
            return found[0]
        name, hash_sign, anchor = target.partition("#")
        path = PurePosixPath(os.path.normpath(page.parent / name))
        aim = staged.get(path) or staged.get(path / "README.md") or FOLDERS.get(path)
        if aim is None:
            return words
        return f"{picture}[{words}]({os.path.relpath(aim, staged[page].parent)}{hash_sign}{anchor})"

    return LINK.sub(replace, text)


def stage(root: Path, folder: Path) -> None:
    """Copy the pages and pictures of the site, and Sphinx' settings, into a folder."""
    staged = places(root)
    for path, aim in staged.items():
        target = folder / aim
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            target.write_text(relinked((root / path).read_text(), path, staged))
        else:
            shutil.copy(root / path, target)
    decisions = [path.stem for path in sorted((folder / "decisions").glob("*.md"))]
    listed = f"{DECISIONS}\n\n{_tree(decisions, ':titlesonly:')}"
    (folder / "decisions" / "index.md").write_text(listed)
    index = folder / "index.md"
    text = index.read_text()
    index.write_text(text.replace(REFERENCE, REFERENCE_LINK) + navigation(text, list(staged.values())))
    for name in ("conf.py", "site.css"):
        shutil.copy(root / "docs" / name, folder)


def navigation(index: str, pages: Sequence[PurePosixPath]) -> str:
    """Return the tree of pages for the side bar: those that each section of the index links to, then the others."""
    trees, seen = [], {PurePosixPath("index.md")}
    for section in index.split("\n## ")[1:]:
        caption, _, text = section.partition("\n")
        linked = [PurePosixPath(target.partition("#")[0]) for _, _, target in LINK.findall(text)]
        entries = [one for one in dict.fromkeys(linked) if one not in seen]
        seen |= set(entries)
        trees.append(_tree([str(one) for one in entries], ":hidden:", ":maxdepth: 1", f":caption: {caption}"))
    others = [one for one in pages if one.suffix == ".md" and one not in seen and one.parts[0] != "decisions"]
    trees.append(_tree([str(one) for one in others], ":hidden:", ":maxdepth: 1", ":caption: More"))
    return "\n" + "\n".join(trees)


def _tree(entries: Sequence[str], *options: str) -> str:
    lines = ["```{toctree}", *options, "", *(entry.removesuffix(".md") for entry in entries), "```"]
    return "\n".join(lines) + "\n"


def without_inline_code(site: Path) -> None:
    """Move inline scripts, styles and style attributes of all pages into files."""
    rules: dict[str, str] = {}

    def marked(found: re.Match[str]) -> str:
        digest = _digest(found[2])
        rules[digest] = found[2]
        return f'{found[1]} data-style="{digest}"'

    for page in site.rglob("*.html"):
        static = os.path.relpath(site / "_static", page.parent)
        text = INLINE_SCRIPT.sub(_filed(site, static, "js", '<script src="{}"></script>'), page.read_text())
        text = INLINE_STYLE.sub(_filed(site, static, "css", '<link rel="stylesheet" href="{}">'), text)
        link = f'<link rel="stylesheet" href="{static}/{ATTRIBUTE_STYLES}">'
        page.write_text(STYLE_ATTRIBUTE.sub(marked, text).replace("</head>", f"{link}</head>", 1))
    styles = [f'[data-style="{digest}"] {{ {rule} }}' for digest, rule in sorted(rules.items())]
    (site / "_static" / ATTRIBUTE_STYLES).write_text("\n".join(styles))


def _filed(site: Path, static: str, suffix: str, tag: str) -> Callable[[re.Match[str]], str]:
    def replace(found: re.Match[str]) -> str:
        name = f"inline-{_digest(found[1])}.{suffix}"
        (site / "_static" / name).write_text(found[1])
        return tag.format(f"{static}/{name}")

    return replace


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]


def main() -> None:
    """Build the site; a page with a broken link fails the build."""
    with tempfile.TemporaryDirectory(prefix="connvo-docs-") as folder:
        source, built = Path(folder, "source"), Path(folder, "site")
        stage(ROOT, source)
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(source), str(built)]
        if subprocess.run(command, check=False).returncode:
            sys.exit("The documentation has errors: see above")
        for unneeded in (".buildinfo", "objects.inv"):
            (built / unneeded).unlink(missing_ok=True)
        shutil.rmtree(built / ".doctrees", ignore_errors=True)
        shutil.rmtree(built / "_sources", ignore_errors=True)
        without_inline_code(built)
        shutil.rmtree(SITE, ignore_errors=True)
        shutil.copytree(built, SITE)


if __name__ == "__main__":
    main()
