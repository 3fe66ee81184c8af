"""People who write notes: the same page, and what the editor shows of the text."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, WebSocketRoute, expect

from .people import Person, wait_for

# The lines of the editor as the text has them: a checkbox replaces three characters.
LINES = """
    editor => [...editor.querySelectorAll('.cm-line')].map(line => {
        const copy = line.cloneNode(true);
        for (const box of copy.querySelectorAll('.md-checkbox')) box.replaceWith(box.checked ? '[x]' : '[ ]');
        for (const caret of copy.querySelectorAll('.cm-placeholder')) caret.remove();
        return copy.textContent;
    }).join('\\n')
"""
# A paste as the browser makes it, with the text that another program has put on the clipboard.
PASTE = """
    (editor, text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        editor.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }
"""
# As an input method inserts text, given in UTF-16 units.
INSERT = "(editor, units) => document.execCommand('insertText', false, String.fromCharCode(...units))"
# Nothing is printed, but what would be on the paper is kept.
PRINT = """
    () => {
        window.print = () => {
            const shown = [...document.body.children].filter(one => one.checkVisibility());
            window.paper = { text: shown.map(one => one.innerText).join(''), parts: shown.length };
            dispatchEvent(new Event('afterprint'));
        };
    }
"""


class Writer:
    """A person at the notes of a meeting."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page
        self._sockets: list[WebSocketRoute] = []
        self._cut = False

    @property
    def editor(self) -> Locator:
        """The text to write in."""
        return self.page.get_by_role("textbox", name="Notes")

    @property
    def status(self) -> Locator:
        """Whether all is saved."""
        return self.page.locator(".notes-status > p").first

    def open(self) -> "Writer":
        """Begin to write: on the page before or after a call."""
        self.page.get_by_role("button", name="Write", exact=True).click()
        expect(self.editor).to_be_visible()
        return self

    def go_to(self, line: int) -> None:
        """Put the cursor at the end of a line, counted from 0."""
        self.editor.focus()
        self.page.keyboard.press("ControlOrMeta+Home")
        for _ in range(line):
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("End")

    def type(self, text: str) -> None:
        """Type where the cursor is."""
        self.editor.focus()
        self.page.keyboard.type(text)

    def write_beside(self, text: str) -> None:
        """Open the notes beside a call, and type at the end."""
        self.person.press("Notes")
        self.editor.focus()
        self.page.keyboard.press("ControlOrMeta+End")
        self.page.keyboard.type(text)

    def paste(self, text: str) -> None:
        """Paste a text where the cursor is."""
        self.editor.focus()
        self.editor.evaluate(PASTE, text)

    def insert(self, *units: int) -> None:
        """Insert UTF-16 units where the cursor is, not necessarily a valid text."""
        self.editor.focus()
        self.editor.evaluate(INSERT, list(units))

    def text(self) -> str:
        """Return the text on the screen; of a long one, the part that is in view."""
        shown: str = self.editor.evaluate(LINES)
        return shown

    def whole(self, folder: Path, form: str = "Markdown") -> str:
        """Return the text as the page exports it."""
        with self.page.expect_download() as download:
            self.person.choose("Options for the notes", f"Save as {form}")
        file = folder / self.person.name
        download.value.save_as(file)
        return file.read_bytes().decode()

    def printed(self) -> dict[str, Any]:
        """Return what the page prints: the text, and whether anything else of it."""
        self.page.emulate_media(media="print")
        self.page.evaluate(PRINT)
        self.person.choose("Options for the notes", "Print")
        paper: dict[str, Any] = self.page.wait_for_function("() => window.paper").json_value()
        self.page.emulate_media(media="screen")
        return paper

    def reads(self, text: str, seconds: float = 20.0) -> None:
        """Wait until the screen shows exactly this text."""
        wait_for(
            lambda: self.text() == text, lambda: f"{self.person.name} reads {self.text()!r}, not {text!r}", seconds
        )

    def saved(self, seconds: float = 20.0) -> None:
        """Wait until everything is saved."""
        expect(self.status).to_have_text("Saved", timeout=1000 * seconds)

    def with_a_cable(self) -> "Writer":
        """Prepare `unplug`: only sockets that are opened after this can be cut."""

        def connect(socket: WebSocketRoute) -> None:
            if self._cut:
                socket.close()
                return
            self._sockets.append(socket)
            socket.connect_to_server()

        self.page.route_web_socket(lambda url: True, connect)
        return self

    def unplug(self) -> None:
        """Cut the page off from the server."""
        self._cut = True
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def plug(self) -> None:
        """End the cut."""
        self._cut = False


def compose(writer: Writer, *steps: str) -> Any:
    """Compose a text with an input method, and leave it uncommitted; Chromium only. Returns how to commit it."""
    tools = writer.page.context.new_cdp_session(writer.page)
    writer.editor.focus()
    for text in steps:
        tools.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    return lambda: tools.send("Input.insertText", {"text": steps[-1]})
