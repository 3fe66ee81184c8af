"""The attacker's process: `python -m bench.hostile.attacker NAME`, its target on standard input, its haul on output."""

import asyncio
import json
import sys
from contextlib import suppress

import msgspec

from .attacks import ATTACKS
from .ground import Ended, Ground, Target

GRACE_SECONDS = 5.0


async def _attack(name: str, target: Target) -> dict[str, int]:
    ground = Ground(target)
    with suppress(TimeoutError):
        async with asyncio.timeout(target.seconds + GRACE_SECONDS):
            try:
                await ATTACKS[name].run(ground)
            except Ended as ended:
                ground.note(ended.how)
            await ground.rest()
    return dict(ground.counts.most_common())


def main() -> None:
    """Run one attack."""
    target = msgspec.json.decode(sys.stdin.read(), type=Target)
    print(json.dumps(asyncio.run(_attack(sys.argv[1], target))))


if __name__ == "__main__":
    main()
