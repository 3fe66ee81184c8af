"""A sound server without hardware: where there is no output at all, Firefox does not run the sound of a page."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .outside import needs

NAME = "PulseAudio"
READY_SECONDS = 20.0
STOP_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.02


@contextmanager
def sounding() -> Iterator[dict[str, str]]:
    """Yield the environment of a program that uses a running sound server."""
    needs(NAME)
    program = shutil.which("pulseaudio")
    assert program, "these tests need PulseAudio: run `make servers`, or apt install pulseaudio"
    # The path of a socket is short.
    with tempfile.TemporaryDirectory(prefix="connvo-sound-") as folder:
        socket = Path(folder) / "native"
        modules = ("module-null-sink", f"module-native-protocol-unix socket={socket} auth-anonymous=1")
        command = [program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        command += [f"--load={module}" for module in modules]
        environment = {**os.environ, "HOME": folder, "XDG_RUNTIME_DIR": folder}
        with (
            (Path(folder) / "log").open("wb") as log,
            subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
        ):
            try:
                until = time.monotonic() + READY_SECONDS
                while not socket.exists():
                    assert process.poll() is None and time.monotonic() < until, (Path(folder) / "log").read_text()
                    time.sleep(LOOK_EVERY_SECONDS)
                yield {"PULSE_SERVER": f"unix:{socket}"}
            finally:
                process.terminate()
                process.wait(STOP_SECONDS)
