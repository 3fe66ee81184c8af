"""The error of an operator's command that names something that is not there."""

from connvo.kernel.errors import ConnvoError


class NoMatch(ConnvoError):
    """Nothing matches the name or id in a command, or several things do; the message is one line for the operator."""
