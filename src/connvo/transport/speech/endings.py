"""The ends of a speech connection: close codes, and exceptions that carry them to the endpoint."""

# Close codes of this socket, beside those of `sync/close_codes.py`.
BAD_MESSAGE = 4400
NO_TOKEN = 4401
NOT_ALLOWED = 4403
UNKNOWN_LANGUAGE = 4406
NO_START = 4408
TOO_MANY = 4429

# Codes with which a client ends a connection for good; 1005 is a close without a code.
COMPLETE = {1000, 1001, 1005}


class Ended(Exception):
    """The end of a connection by the server: a close code, and a code with a message for the client."""

    def __init__(self, close: int, code: str, message: str) -> None:
        super().__init__(message)
        self.close = close
        self.code = code


class Left(Exception):
    """The end of a connection by its client. `complete`: it will not send again what has no answer."""

    def __init__(self, complete: bool) -> None:
        super().__init__("the client left")
        self.complete = complete
