"""The timeline reads well, and a call counts as good only when everything happened."""

from io import StringIO

import msgspec
import pytest

from connvo.demo.timeline import Event, Negotiation, Outcome, Report, Timeline, decode

BOTH = {"video": 60, "audio": 100}


def report(who: str, **changes: object) -> Report:
    """Return the report of a good call: connected at 10.3, cut by the guest at 13, a picture again at 13.5."""
    good = Report(
        who=who,
        meeting="m",
        negotiations=[
            Negotiation(began=10.0, connected=10.3, first_frame={"video": 10.5}, frames=dict(BOTH)),
            Negotiation(began=13.1, connected=13.4, first_frame={"video": 13.5}, frames=dict(BOTH)),
        ],
        failed_at=13.0 if who == "guest" else None,
        sent=8,
        received=8,
        unprocessed=0,
        open_sessions=0,
        meeting_state="concluded" if who == "host" else None,
    )
    return msgspec.structs.replace(good, **changes)


def outcome(**changes: object) -> Outcome:
    """Return a call whose guest's report is changed."""
    return Outcome([report("host"), report("guest", **changes)])


def test_a_good_call_is_one_line_with_its_times_and_counts() -> None:
    assert outcome().faults() == []
    assert outcome().summary() == (
        "connected after 300 ms; frames received before + after the failure: "
        "host 60 + 60 video and 100 + 100 audio, guest 60 + 60 video and 100 + 100 audio; recovered after 500 ms"
    )


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"received": 7}, "host sent 8 signals, guest received 7"),
        ({"sent": 9}, "guest sent 9 signals, host received 8"),
        ({"unprocessed": 2}, "2 signals for guest were left"),
        ({"open_sessions": 1}, "guest left 1 sessions open"),
        ({"failed_at": None}, "no peer tried the recovery"),
        ({"negotiations": [Negotiation(began=1.0, connected=1.1, frames=dict(BOTH))]}, "guest had 1 connections"),
        ({"negotiations": [Negotiation(began=1.0, frames=dict(BOTH))] * 2}, "guest's connection 2 never connected"),
        (
            {"negotiations": [Negotiation(began=1.0, connected=1.1, frames={"video": 1})] * 2},
            "guest received no audio over connection 1",
        ),
    ],
)
def test_a_missing_part_makes_the_call_fail_and_is_named(changes: dict[str, object], fault: str) -> None:
    call = outcome(**changes)
    assert any(found.startswith(fault) for found in call.faults())
    assert call.summary().startswith("FAILED: ")


def test_a_meeting_nobody_ended_makes_the_call_fail() -> None:
    call = Outcome([report("host", meeting_state="active"), report("guest")])
    assert call.faults() == ["no peer ended the meeting"]


def test_events_are_in_columns_as_milliseconds_since_the_start() -> None:
    out = StringIO()
    timeline = Timeline(out, began=100.0)
    timeline.head()
    timeline.note(Event(100.25, "host", "signed up"))
    timeline.note(Event(101.5, "guest", "connected"))
    assert out.getvalue().splitlines() == [
        "     ms  who     what",
        "    250  host    signed up",
        "   1500  guest   connected",
    ]


def test_a_peer_tells_events_and_its_report_in_lines() -> None:
    event = Event(1.0, "host", "signed up")
    assert decode(msgspec.json.encode(event)) == event
    assert decode(msgspec.json.encode(report("host"))) == report("host")
