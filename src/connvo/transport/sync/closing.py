"""How a connection ends, and what each code tells the client."""

NORMAL = 1000  # the client knows why: it was told, or it left
FAILED = 1011  # a fault of the server; come back
RESTART = 1012  # the server stops or starts anew; come back
BUSY = 1013  # the server, or one it depends on, cannot do this now; come back later


class Closed(Exception):
    """This side ends the connection, with a code and a reason for the client."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """The client has gone; nobody is left to tell anything."""


OVERLOADED = "TooManyConcurrentRequests"
BROKEN = "InternalServerError"
KEYS_AWAY = "AuthProviderUnreachable"
STOPPING = "ServerRestart"
PROTOCOL = "protocol error"
NO_CONNECT = "no Connect"
NOT_AUTHENTICATED = "authentication failed"
CONNECTED_ANEW = "the session has connected anew"
