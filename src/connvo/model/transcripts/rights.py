"""The rights of members on a transcript, as the documented API names them."""

from connvo.rules.permissions import granted


def rights_of(is_host: bool) -> list[str]:
    """Return the rights of hosts, or of other members."""
    return list(granted("transcripts", "host" if is_host else "participant"))
