"""WebSocket connections of clients with live queries."""

from pydantic import Field

from .section import Section


class SyncSettings(Section, prefix="SYNC_"):
    """WebSocket connections of clients with live queries."""

    ping_seconds: float = Field(default=10.0, gt=0, le=15, description="Keep-alive interval.")
    handshake_timeout_seconds: float = Field(default=15.0, gt=0, description="Time limit for the first message.")
    ping_timeout_seconds: float = Field(
        default=120.0, ge=30, description="Drop a client that has answered no ping for this long."
    )
    queries: int = Field(default=1000, ge=1, description="Most live queries of one connection.")
    queries_per_account: int = Field(
        default=2000, ge=1, description="Most live queries of one account, over all its connections to a process."
    )
    queries_per_network: int = Field(
        default=1000, ge=1, description="Most live queries of one network, over its connections without a sign-in."
    )
    query_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="Largest total size of live query arguments, of one account or one network without a sign-in.",
    )
    result_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="Largest total size of live query results of one connection; its largest result does not count.",
    )
    max_message_bytes: int = Field(
        default=1024 * 1024 + 16 * 1024,
        ge=1024,
        description="Largest message of a client with a token. Its set of live queries has to fit into one message.",
    )
    max_refused_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=1024,
        description="Largest message that is answered although it is too large: its largest calls fail with "
        "`LIMIT_EXCEEDED`. Their arguments are not kept. A larger message ends the connection.",
    )
    message_room_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024,
        description="Most bytes of messages over 32 kB that have begun and are not handled yet, of all connections; a "
        "sixteenth of them, or one message, for one account. A connection without room ends with 1013.",
    )
    message_seconds: float = Field(default=30.0, gt=0, description="Time limit for receiving one message.")
    stranger_message_bytes: int = Field(
        default=64 * 1024, ge=1024, description="Largest message of a client whose token is not accepted yet."
    )
    stranger_queries: int = Field(default=20, ge=1, description="Most live queries of a connection without a token.")
    stranger_idle_seconds: float = Field(
        default=60.0, gt=0, description="Close a connection without a token and without live queries after this long."
    )
    stranger_wait_seconds: float = Field(
        default=10.0,
        gt=0,
        description="Close a connection without a token when the call limit of its network has held it up this long.",
    )
    control_frames_per_second: float = Field(
        default=10.0, ge=1, description="Most pings and pongs of one client per second."
    )
    fragments_per_second: float = Field(
        default=100.0, ge=1, description="Most message fragments of one client per second."
    )
    account_mutations: int = Field(
        default=256,
        ge=1,
        description="Most mutations in progress at once, of one account or one network without a sign-in.",
    )
    account_actions: int = Field(
        default=100,
        ge=1,
        description="Most actions in progress at once, of one account or one network without a sign-in.",
    )
    actions: int = Field(default=2000, ge=1, description="Most actions in progress at once, over all connections.")
    crowd: int = Field(
        default=10,
        ge=0,
        description="Show changes of the members' states at a pace where more clients than this watch the same list.",
    )
    pace_seconds: float = Field(
        default=0.075,
        ge=0,
        le=1,
        description="Show such a crowd its changes together, this far apart; signals and words never wait.",
    )
    compression: bool = Field(default=False, description="Compress messages: less traffic, more CPU time and memory.")
    shutdown_jitter_seconds: float = Field(
        default=2.0, ge=0, description="Spread disconnects at shutdown over this time."
    )
