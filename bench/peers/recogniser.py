"""A second recogniser, attached as operators attach theirs: PocketSphinx behind OpenAI's transcription API.

Run as a program, by the environment that has PocketSphinx, it serves until it is ended, and prints its address first.
"""

import io
import json
import os
import subprocess
import sys
import threading
import venv
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.transcriber_double import form_of

NAME = "pocketsphinx"
ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "peers.txt"
FOLDER = Path(sys.prefix) / ".peers"
PYTHON = FOLDER / "bin" / "python"
INSTALLED = FOLDER / "installed"
STOP_SECONDS = 15.0


def install() -> str | None:
    """Install the recogniser as locked, unless it is; return why that failed, or None."""
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime:
        return None
    venv.create(FOLDER, with_pip=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "-r", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"speaking: {NAME} cannot be installed, so it is not measured:\n{done.stderr.strip()}"
    INSTALLED.touch()
    return None


@contextmanager
def serving() -> Iterator[tuple[str, int]]:
    """Yield the address of a running recogniser, and its process id."""
    command = [str(PYTHON), "-m", __name__]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONNVO_")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def serve() -> None:
    """Serve the recogniser at a free port."""
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=16_000, loglevel="FATAL")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with wave.open(io.BytesIO(form_of(self.headers, body)["file"])) as file:
                samples = file.readframes(file.getnframes())
            with lock:
                decoder.start_utt()
                decoder.process_raw(samples, full_utt=True)
                decoder.end_utt()
                found = decoder.hyp()
            answer = json.dumps({"text": "" if found is None else found.hypstr, "language": "en"}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve()
