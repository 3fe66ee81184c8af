"""Citations: the segments that a statement rests on, and the moments in them."""

from itertools import pairwise

from .languages import words_of
from .report import Cite, Segment


def cite(segment: Segment, text: str) -> Cite:
    """Return the citation of a segment for a statement.

    It leads to the piece with most words of the statement, the first of several; without any, to the segment's start.
    """
    wanted = set(words_of(text))
    most, moment = 0, segment.start_ms
    for (begin, start_ms), (end, _) in pairwise((*segment.starts, (len(segment.text), segment.end_ms))):
        shared = len(wanted.intersection(words_of(segment.text[begin:end])))
        if shared > most:
            most, moment = shared, start_ms
    return Cite(segment_id=segment.id, speaker_id=segment.speaker_id, start_ms=moment)
