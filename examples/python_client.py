"""Create a meeting, invite a guest and follow who is in it, with the official Python client.

pip install convex
python examples/python_client.py http://127.0.0.1:3210 "$(connvo token alice --email alice@example.org)"
"""

import base64
import json
import sys
from typing import Any

from convex import ConvexClient

url, token = sys.argv[1:]
client: Any = ConvexClient(url)
client.set_auth(token)


def say(line: str) -> None:
    """Print a line now, also when the output is a pipe."""
    print(line, flush=True)


def claims() -> dict[str, Any]:
    """Return what the token says about its owner; only the server checks it."""
    body = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return decoded


def main() -> None:
    """Wait for a guest, then end the meeting."""
    me = claims()
    host = client.mutation("users/mutations:upsertUser", {"workosUserId": me["sub"], "email": me["email"]})
    created = client.mutation("meetings/lifecycle:createMeeting", {"title": "An example"})
    meeting = {"meetingId": created["meetingId"]}
    client.mutation("meetings/lifecycle:startMeeting", meeting)
    client.mutation("meetings/lifecycle:joinMeeting", meeting)
    say(f"link: {client.mutation('meetings/links:createLink', meeting)['code']}")

    # A live query: its list comes at once, and again after each change, until the loop is left.
    for members in client.subscribe("meetings/queries:listMeetingParticipants", meeting):
        say(f"in the meeting: {sum(member['presence'] == 'joined' for member in members)} of {len(members)}")
        if any(member["presence"] == "joined" and member["userId"] != host for member in members):
            break
    client.mutation("meetings/lifecycle:endMeeting", meeting)
    say("a guest came, and the meeting is over")


if __name__ == "__main__":
    main()
