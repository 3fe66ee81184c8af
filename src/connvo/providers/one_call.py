"""One computation in a process of its own: bytes on its input, bytes on its output.

Guarantees: the process is gone when a call has returned, however it returned. One whose server dies ends by its closed
pipe.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE


class ProcessFailed(Exception):
    """The process ended without a result."""


async def output_of(module: str, *arguments: str, data: bytes, seconds: float) -> bytes:
    """Run a module of this program in a process, and return what it wrote.

    Raises:
        ProcessFailed: The process failed, or took longer than `seconds`.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate(data)
    except TimeoutError:
        raise ProcessFailed(f"it took longer than {seconds:.0f} seconds") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ProcessFailed(f"the process ended with status {process.returncode}")
    return output
