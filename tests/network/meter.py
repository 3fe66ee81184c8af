"""When pictures of the other one were decoded, and when they were missing. Times in seconds since the epoch."""

import msgspec

# A pause of the pictures that nobody would call a break.
HICCUP_SECONDS = 1.0
# Media flow when there has been no break for so long, and the newest picture is no older than that.
STEADY_SECONDS = 2.0
FRESH_SECONDS = 0.6


class Meter(msgspec.Struct):
    """The first picture and the last one, 0 while there is none, and the breaks between them: begin and end."""

    first: float = 0.0
    last: float = 0.0
    breaks: list[tuple[float, float]] = []

    def note(self, now: float) -> None:
        """Take that a picture has been decoded just now."""
        if self.last and now - self.last > HICCUP_SECONDS:
            self.breaks.append((self.last, now))
        self.first = self.first or now
        self.last = now

    def flows(self, now: float) -> bool:
        """Return whether pictures come, and have come for a while."""
        began = max((end for _, end in self.breaks), default=self.first)
        return bool(self.first) and now - self.last < FRESH_SECONDS and now - began > STEADY_SECONDS

    def silence(self, since: float, now: float) -> float:
        """Return for how many seconds between these moments there were no pictures."""
        running = [(self.last, now)] if now - self.last > HICCUP_SECONDS else []
        return sum((max(0.0, end - max(begin, since)) for begin, end in [*self.breaks, *running]), start=0.0)
