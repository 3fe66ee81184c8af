"""Write each chat message that begins with "todo" into the notes of a running meeting, as an item to tick off.

pip install convex
python examples/notes_bot.py http://127.0.0.1:3210 "$(connvo token bot --email bot@example.org --name Bot)" CODE
"""

import sys
import time
from typing import Any
from uuid import uuid4

from convex import ConvexError
from convex.http_client import ConvexHttpClient
from requests import ConnectionError

url, token, code = sys.argv[1:]
client = ConvexHttpClient(url)
client.set_auth(token)
client.mutation("users/mutations:upsertUser", {"workosUserId": "bot", "email": "bot@example.org"})
meeting = client.mutation("meetings/links:acceptLink", {"code": code})["meetingId"]
client.mutation("meetings/lifecycle:joinMeeting", {"meetingId": meeting})


class Notes:
    """The text after operation `sequence`, in UTF-16: positions count its units."""

    def __init__(self) -> None:
        self.client_id, self.number = f"bot-{uuid4()}", 0
        self.load()

    def load(self) -> None:
        snapshot = client.query("notes/sync:snapshot", {"meetingId": meeting})
        self.sequence, self.text = snapshot["sequence"], bytearray(snapshot["content"], "utf-16-le")

    def follow(self) -> None:
        more = True
        while more:
            since = client.query("notes/sync:operationsSince", {"meetingId": meeting, "sequence": self.sequence})
            if since["reset"]:
                self.load()
            for operation in since["operations"]:
                for change in reversed(operation["changes"]):  # they count in the text before the operation
                    start, end = change["position"], change["position"] + change.get("length", 0)
                    self.text[2 * int(start) : 2 * int(end)] = change.get("content", "").encode("utf-16-le")
                self.sequence = operation["sequence"]
            more = since["more"] or since["reset"]

    def append(self, line: str) -> None:
        self.number += 1  # the same however often it is sent: it is written once
        while True:
            self.follow()
            change = {"position": len(self.text) / 2, "content": line}
            sent = {"clientId": self.client_id, "number": self.number, "sequence": self.sequence, "changes": [change]}
            try:
                client.mutation("notes/sync:apply", {"meetingId": meeting, **sent})
                return
            except (ConnectionError, ConvexError) as error:
                data: dict[str, Any] = getattr(error, "data", {"code": "RATE_LIMIT_EXCEEDED"})
                if data["code"] not in ("RATE_LIMIT_EXCEEDED", "CONFLICT"):
                    raise
                time.sleep(data.get("metadata", {}).get("retryAfterSeconds", 1.0))


notes, seen = Notes(), set()
print("writing notes", flush=True)
while client.query("meetings/queries:getMeeting", {"meetingId": meeting})["state"] == "active":
    newest: dict[str, Any] = {"meetingId": meeting, "paginationOpts": {"numItems": 50, "cursor": None}}
    page = client.query("meetings/chat:listMessages", newest)["page"]
    for message in reversed(page):
        if message["_id"] not in seen and message["text"].lower().startswith("todo "):
            notes.append(f"- [ ] {message['text'][5:]}\n")
        seen.add(message["_id"])
    time.sleep(0.5)
