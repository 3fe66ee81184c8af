"""The close codes and reasons of connections, and their meaning for the client."""

NORMAL = 1000  # the client was told the reason, or left
WRONG_FRAME = 1002  # an invalid frame
NOT_TEXT = 1007  # a text that is not UTF-8
POLICY = 1008  # too many control frames or fragments, or a message that takes too long: see frame_limits.py
TOO_BIG = 1009  # a message above the limit
FAILED = 1011  # a fault of the server; reconnect
RESTART = 1012  # the server stops or restarts; reconnect
BUSY = 1013  # the server, or one it depends on, cannot do this now; reconnect later


class Closed(Exception):
    """A connection that the server ends, with a code and a reason for the client."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ClientDisconnected(Exception):
    """The client has disconnected, so nothing more can be sent."""


OVERLOADED = "TooManyConcurrentRequests"
BROKEN = "InternalServerError"
KEYS_UNREACHABLE = "AuthProviderUnreachable"
STOPPING = "ServerRestart"
PROTOCOL = "protocol error"
NO_CONNECT = "no Connect"
NOT_AUTHENTICATED = "authentication failed"
SUPERSEDED = "the session has a newer connection"
TOO_LONG = "a message is too long"
IDLE = "nothing is watched and no token was sent"
BEHIND = "the database has not reached what the client has seen"
