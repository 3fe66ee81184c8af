"""Enter a meeting by its link, deliver each line of the standard input as spoken words, and print the transcript.

pip install convex
speech-to-text | python examples/captions.py http://127.0.0.1:3210 "$(connvo token bot --email bot@example.org)" CODE
"""

import sys
import time
from typing import Any

from convex import ConvexError
from convex.http_client import ConvexHttpClient

SECONDS_PER_WORD = 0.2
INGEST = "transcripts/ingestion:ingestTranscriptChunk"
STREAM = "realtime/subscriptions:subscribeTranscriptStream"

url, token, code = sys.argv[1:]
client: Any = ConvexHttpClient(url)
client.set_auth(token)


def deliver(chunk: dict[str, Any]) -> None:
    """Deliver a chunk, and wait as long as the server says if chunks come too fast."""
    try:
        answer = client.mutation(INGEST, chunk)
    except ConvexError as error:
        if error.data["code"] != "RATE_LIMIT_EXCEEDED":
            raise
        time.sleep(error.data["metadata"]["retryAfterSeconds"])
        return deliver(chunk)
    if not chunk["isInterim"]:
        print(f"stored {answer['sequence']:.0f}", flush=True)


def speak(meeting: str, words: list[str]) -> None:
    """Show a sentence while it is spoken, and store it when it is complete."""
    start = time.time() * 1000
    for count in range(1, len(words) + 1):
        time.sleep(SECONDS_PER_WORD)
        chunk = {"meetingId": meeting, "text": " ".join(words[:count]), "confidence": 0.9, "language": "en"}
        times = {"startTime": start, "endTime": time.time() * 1000}
        deliver({**chunk, **times, "isInterim": count < len(words)})


def main() -> None:
    """Deliver every line, then read the transcript from its beginning."""
    client.mutation("users/mutations:upsertUser", {"workosUserId": "bot", "email": "bot@example.org"})
    meeting = client.mutation("meetings/links:acceptLink", {"code": code})["meetingId"]
    client.mutation("meetings/lifecycle:joinMeeting", {"meetingId": meeting})
    for line in sys.stdin:
        speak(meeting, line.split())
    after, found = -1, client.query(STREAM, {"meetingId": meeting})
    while found["nextSequence"] > after:
        for chunk in found["transcripts"]:
            print(f"{chunk['sequence']:.0f}: {chunk['text']}", flush=True)
        after = found["nextSequence"]
        found = client.query(STREAM, {"meetingId": meeting, "fromSequence": after})


if __name__ == "__main__":
    main()
