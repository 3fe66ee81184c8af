"""A meeting of members, strangers of every kind, and what must be true after any attack."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple

from connvo.settings import IdentitySettings
from connvo.transport.auth.local_issuer import LocalIssuer
from tests.support.sync_client import SyncClient
from tests.support.sync_line import Line, dialled

from .servers import Servers
from .wire import Answer, Wire

# What no stranger may read, and what no line of a log may hold.
SECRET, MARK = "Rosebud", "Mallorymark"
LIFECYCLE, SIGNALING, QUERIES = "meetings/lifecycle", "meetings/webrtc/signaling", "meetings/queries"
CHAT, LINKS, PROFILES = "meetings/chat", "meetings/links", "profiles/mutations"
TOKEN_SECONDS = 3600.0
MAX_MB = 400.0
ROUND = 3
FAULT = re.compile(r"Traceback|\[error|\[critical|request_failed|sync_failed|\"level\": ?\"error\"")
# What changes automatically.
VOLATILE = {"lastSeenAt", "updatedAt", "lastActiveAt", "activeSessions", "liveSessions", "sessions", "usageCount"}


class Person(NamedTuple):
    """A token, and the account that goes with it; `user` is empty without one."""

    name: str
    token: str | None
    user: str = ""


class Scene:
    """Victims: `host`, `guest`, `observer` in `meeting`. `insider` is a member of it, too, and means ill."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.wire = Wire(servers.url, servers.trust)
        self._numbers = count()
        self._issuer = LocalIssuer.open(servers.data)
        self.host, self.guest, self.insider = map(self.sign_up, ("vera", "gus", "ivo"))
        self.outsider, self.removed, self.deactivated = map(self.sign_up, ("mallory", "rob", "dan"))
        self.observer = self.sign_up("olga")
        self.foreign_admin = self.sign_up("boss", org_id="org_evil", org_role="admin")
        self.anonymous = Person("anonymous", None)
        self.unprovisioned = Person("sam", self.token("sam"))
        self.expired = Person("vera", self.token("vera", ago=2 * TOKEN_SECONDS), self.host.user)
        self._fill()

    def _fill(self) -> None:
        host, guest, insider = self.host, self.guest, self.insider
        made = self.call(host, f"{LIFECYCLE}:createMeeting", title=f"About {SECRET}", description=SECRET)
        self.meeting: str = made["meetingId"]
        self.link: str = self.call(host, f"{LINKS}:createLink", meetingId=self.meeting)["code"]
        self.call(self.removed, f"{LINKS}:acceptLink", code=self.link)
        self.call(host, f"{LIFECYCLE}:removeParticipant", meetingId=self.meeting, userId=self.removed.user)
        self.link = self.call(host, f"{LINKS}:createLink", meetingId=self.meeting)["code"]
        for person in (guest, insider):
            self.call(person, f"{LINKS}:acceptLink", code=self.link)
        about = {"meetingId": self.meeting, "userId": self.observer.user}
        self.call(host, f"{LIFECYCLE}:addParticipant", role="observer", **about)
        self.call(host, f"{LIFECYCLE}:startMeeting", meetingId=self.meeting)
        for person in (host, guest, insider, self.observer):
            self.call(person, f"{LIFECYCLE}:joinMeeting", meetingId=self.meeting)
        for person in (host, guest, insider):
            self.call(
                person,
                f"{SIGNALING}:createWebRTCSession",
                meetingId=self.meeting,
                sessionId=self.session(person),
            )
        self.call(host, f"{CHAT}:sendMessage", meetingId=self.meeting, text=f"It is {SECRET}")
        written = {"type": "insert", "position": 0, "content": f"Notes about {SECRET}"}
        self.call(
            host, "notes/mutations:applyNoteOperation", meetingId=self.meeting, operation=written, clientSequence=0
        )
        self.call(guest, f"{PROFILES}:createProfile", displayName=f"Gus {SECRET}", bio=f"{SECRET} is a sledge")
        self.call(guest, "settings/mutations:updateSettings", profileVisibility=False)
        self.call(self.deactivated, "users/mutations:deactivateUser", userId=self.deactivated.user)
        offer = {"type": "offer", "sdp": "v=0\r\na=ice-ufrag:frag\r\n"}
        self.call(
            host,
            f"{SIGNALING}:exchangeSessionDescription",
            meetingId=self.meeting,
            sessionId=self.session(host),
            targetUserId=guest.user,
            description=offer,
        )

    @property
    def proxied(self) -> bool:
        """Whether a proxy stands before the servers, which answers some things itself."""
        return self.servers.trust is not None

    def session(self, person: Person) -> str:
        """Return the id of a member's session."""
        return f"session of {person.name}"

    def token(self, subject: str, ago: float = 0.0, **claims: Any) -> str:
        """Return a token of the servers' own issuer, made some seconds ago."""
        usual = {"email": f"{subject}@example.org", "name": subject.capitalize()}
        return self._issuer.mint(subject, IdentitySettings(), time.time() - ago, TOKEN_SECONDS, **{**usual, **claims})

    def sign_up(self, name: str, **claims: Any) -> Person:
        """Return a person with an account."""
        token = self.token(name, **claims)
        person = Person(name, token)
        user = self.call(person, "users/mutations:upsertUser", workosUserId=name, email=f"{name}@example.org")
        return Person(name, token, user)

    def someone(self) -> Person:
        """Return a new person with an account."""
        return self.sign_up(f"new{next(self._numbers)}")

    def tries(self, person: Person, path: str, **args: Any) -> Answer:
        """Return the answer to a call, whatever it is."""
        return self.post(f"/api/run/{path.replace(':', '/')}", {"args": args}, person)

    def post(self, path: str, body: Any, person: Person | None = None, **headers: str) -> Answer:
        """Return the answer to a request with a body, of bytes or of JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        token = None if person is None else person.token
        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.wire.http("POST", path, data, {**bearer, **headers})

    def call(self, person: Person, path: str, **args: Any) -> Any:
        """Return the value of a call that must succeed."""
        answer = self.tries(person, path, **args)
        parsed = answer.json
        assert isinstance(parsed, dict), answer
        assert parsed.get("status") == "success", f"{path}: {parsed}"
        return parsed["value"]

    # What must be true after any attack.

    def picture(self) -> dict[str, Any]:
        """Return what belongs to the victims, without what changes automatically."""
        members = self.call(self.host, f"{QUERIES}:listMeetingParticipants", meetingId=self.meeting)
        victims = {self.host.user, self.guest.user, self.observer.user}
        messages = self.call(
            self.host,
            f"{CHAT}:listMessages",
            meetingId=self.meeting,
            paginationOpts={"numItems": 100, "cursor": None},
        )
        sessions = self.call(self.host, f"{SIGNALING}:getActiveSessions", meetingId=self.meeting)
        seen = {
            "members": [member for member in members if member["userId"] in victims],
            "messages": [one for one in messages["page"] if SECRET in one["text"]],
            "sessions": sorted(one["sessionId"] for one in sessions if one["userId"] in victims),
            "meeting": self.call(self.host, f"{QUERIES}:getMeeting", meetingId=self.meeting)["title"],
            "profile": self.call(self.guest, "profiles/queries:getCurrentUserProfile"),
            "settings": self.call(self.guest, "settings/queries:getCurrentUserSettings"),
            "accounts": [self.call(one, "users/queries:getCurrentUser") for one in (self.host, self.guest)],
        }
        stable: dict[str, Any] = _without(seen, VOLATILE)
        return stable

    def check(self, before: dict[str, Any]) -> None:
        """Hold everything against what must be true after any attack."""
        assert self.servers.alive
        assert self.wire.http("GET", "/livez").status == 200
        self.serve_bystanders()
        for name, now in self.picture().items():
            assert now == before[name], name
        log = self.servers.log()
        assert MARK not in log, [line for line in log.splitlines() if MARK in line][:3]
        assert not FAULT.search(log), log[-3000:]
        assert self.servers.memory() < MAX_MB

    def serve_bystanders(self) -> None:
        """See that signals from the host to the guest come, all of them and in order."""
        with self.watching(self.guest) as line:
            number = line.watch(
                f"{SIGNALING}:getPendingSignals", meetingId=self.meeting, sessionId=self.session(self.host)
            )
            sent = [f"candidate:{next(self._numbers)} 1 udp 1 192.0.2.1 9 typ host" for _ in range(ROUND)]
            for text in sent:
                self.call(
                    self.host,
                    f"{SIGNALING}:exchangeICECandidate",
                    meetingId=self.meeting,
                    sessionId=self.session(self.host),
                    targetUserId=self.guest.user,
                    candidate={"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "frag"},
                )

            def texts() -> list[str]:
                shown = line.client.results[number]
                return [one["data"]["candidate"] for one in shown if one["type"] == "ice"]

            line.until(lambda: texts()[-ROUND:] == sent)
            ids = [one["_id"] for one in line.client.results[number] if one["type"] == "ice"]
            line.mutate(f"{SIGNALING}:markSignalsProcessed", signalIds=ids)

    @contextmanager
    def watching(self, person: Person) -> Iterator[Line]:
        """Yield a signed-in connection of the sync protocol that keeps to every rule."""
        client = SyncClient()
        client.token = person.token
        options = {} if self.servers.trust is None else {"ssl": self.servers.trust}
        with dialled(client, self.servers.url, **options) as line:
            yield line


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(item, names) for name, item in value.items() if name not in names}
    if isinstance(value, list):
        return [_without(item, names) for item in value]
    return value
