"""How a connection ends, and what each code tells the client."""

NORMAL = 1000  # the client knows why: it was told, or it left
WRONG_FRAME = 1002  # a frame that is none
NOT_TEXT = 1007  # a text that is not UTF-8
POLICY = 1008  # frames of no use, or a message that does not end: see transport/sync/frame_limits.py
TOO_BIG = 1009  # a message above the limit
FAILED = 1011  # a fault of the server; come back
RESTART = 1012  # the server stops or starts anew; come back
BUSY = 1013  # the server, or one it depends on, cannot do this now; come back later


class Closed(Exception):
    """This side ends the connection, with a code and a reason for the client."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ClientDisconnected(Exception):
    """The client has gone; nobody is left to tell anything."""


OVERLOADED = "TooManyConcurrentRequests"
BROKEN = "InternalServerError"
KEYS_UNREACHABLE = "AuthProviderUnreachable"
STOPPING = "ServerRestart"
PROTOCOL = "protocol error"
NO_CONNECT = "no Connect"
NOT_AUTHENTICATED = "authentication failed"
SUPERSEDED = "the session has connected anew"
TOO_LONG = "a message is too long"
IDLE = "nothing is watched and no token was sent"
BEHIND = "the database has not reached what the client has seen"
