"""Attacks by the body of a request."""

import json

from bench.hostile.ground import Ground, bearer

from .registry import attack

MEBIBYTE = 2**20
LISTS = b"[],"
GETSTREAM = {"GETSTREAM_API_KEY": "key", "GETSTREAM_API_SECRET": "s" * 32}


@attack("16 MiB of lists in a timestamp")
async def big_timestamps(ground: Ground) -> None:
    """Send lists where a short text belongs."""
    filling = LISTS * (16 * MEBIBYTE // len(LISTS) - 100)
    await _post(ground, 2, "/api/query", b'{"path":"a:b","args":{},"ts":[' + filling + b"[]]}")


@attack("15 MiB of lists as arguments of a batch")
async def big_batches(ground: Ground) -> None:
    """Send arguments of the largest size, fifteen times."""
    filling = LISTS * (MEBIBYTE // len(LISTS) - 100)
    one = b'{"path":"interests/queries:listCatalog","args":{"limit":[' + filling + b"[]]}}"
    await _post(ground, 2, "/api/query_batch", b'{"queries":[' + b",".join([one] * 15) + b"]}")


@attack("the same with a token", accounts=1)
async def big_batches_signed_in(ground: Ground) -> None:
    """Send arguments of the largest size as a known person."""
    filling = LISTS * (MEBIBYTE // len(LISTS) - 100)
    one = b'{"path":"interests/queries:listCatalog","args":{"limit":[' + filling + b"[]]}}"
    body = b'{"queries":[' + b",".join([one] * 15) + b"]}"
    await _post(ground, 2, "/api/query_batch", body, ground.target.tokens[0])


@attack("a body nested four million deep")
async def nested_bodies(ground: Ground) -> None:
    """Send lists that contain each other."""
    await _post(ground, 2, "/api/query", b'{"path":"a:b","args":' + b"[" * 4 * MEBIBYTE + b"]" * 4 * MEBIBYTE + b"}")


@attack("titles of 1 MB, refused", accounts=1)
async def long_titles(ground: Ground) -> None:
    """Send text that is far too long, in letters that take long to normalise."""
    title = "\u0344" * 150_000 + "e\u0301" * 150_000
    body = json.dumps({"args": {"title": title}}, ensure_ascii=False).encode()
    await _post(ground, 4, "/api/run/meetings/lifecycle/createMeeting", body, ground.target.tokens[0])


@attack("webhooks of 1 MB with a wrong signature", settings=GETSTREAM)
async def webhooks(ground: Ground) -> None:
    """Tell what GetStream did not."""
    await _post(ground, 4, "/api/webhooks/getstream", b"x" * MEBIBYTE, signature="0" * 64)


@attack("a hundred queries in one request, from an account", accounts=1)
async def batches(ground: Ground) -> None:
    """Ask for the whole catalogue a hundred times in one request."""
    query = {"path": "interests/queries:listCatalog", "args": {"limit": 500}}
    body = json.dumps({"queries": [query] * 100}).encode()
    await _post(ground, 4, "/api/query_batch", body, ground.target.tokens[0])


@attack("a hundred queries in one request, without a token")
async def batches_without_a_token(ground: Ground) -> None:
    """Ask for the whole catalogue a hundred times in one request."""
    query = {"path": "interests/queries:listCatalog", "args": {"limit": 500}}
    await _post(ground, 4, "/api/query_batch", json.dumps({"queries": [query] * 100}).encode())


async def _post(
    ground: Ground, at_once: int, path: str, body: bytes, token: str | None = None, signature: str | None = None
) -> None:
    """Send a request again and again, on connections that are kept as long as the server does."""
    headers = bearer(token) | ({} if signature is None else {"X-Signature": signature})

    async def one(number: int) -> None:
        line = await ground.dial()
        try:
            while ground.running:
                status, answer = await line.request("POST", path, body, headers)
                ground.note(f"{status} {code_of(answer)}".strip())
        finally:
            line.close()

    await ground.crowd(at_once, one)


def code_of(answer: bytes) -> str:
    """Return the code in the body of an error, or nothing."""
    try:
        parsed = json.loads(answer)
    except ValueError:
        return ""
    if not isinstance(parsed, dict):
        return ""
    data = parsed.get("errorData")
    return str(parsed.get("code") or (data.get("code") if isinstance(data, dict) else "") or "")
