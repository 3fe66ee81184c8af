"""What a scripted model says: `obedient` as it should, and others that lie, in the shape that a request asks for."""

import json
import re
from collections.abc import Callable
from typing import Any

PROMISE = re.compile(r"\bI(?: will|'ll) ([^.?!]+)", re.IGNORECASE)
CANARY = "CANARY-7319"


def asked(body: dict[str, Any]) -> dict[str, Any]:
    """Returns the data of a request."""
    found: dict[str, Any] = json.loads(body["messages"][-1]["content"])
    return found


def empty() -> dict[str, Any]:
    """Returns an answer without any items."""
    return {"language": "en", "overview": [], "topics": [], "decisions": [], "actions": [], "questions": []}


def obedient(body: dict[str, Any]) -> str:
    """Quotes: a merge passes on what it got, a map quotes the first line, promises and questions."""
    data = asked(body)
    answer = empty()
    if "code" in data:
        return checked(data, body)
    if "facts" in data:
        return suggesting(data)
    if "lines" not in data:
        for kind in ("overview", "topics", "decisions", "actions", "questions"):
            answer[kind] = [one for part in data["parts"] for one in part[kind]]
        return json.dumps(answer)
    lines = data["lines"]
    answer["overview"] = [{"text": text, "cites": [key]} for key, _, text in lines[:1]]
    for key, speaker, text in lines:
        promise = PROMISE.search(text)
        if promise:
            action = {"text": text, "owner": speaker, "due_words": None, "cites": [key]}
            answer["actions"].append(action)
        if text.rstrip().endswith("?"):
            answer["questions"].append({"text": text, "asked_by": speaker, "cites": [key]})
    return json.dumps(answer)


def suggesting(data: dict[str, Any]) -> str:
    """Asks about the last thing that it was shown."""
    key, _, text = data["facts"][-1]
    return suggestions((f"How does “{text.rstrip('.?!')}” change the plan?", [key]))


def suggestions(*found: tuple[str, list[str]]) -> str:
    """Returns suggestions as an answer."""
    return json.dumps({"suggestions": [{"text": text, "cites": cites} for text, cites in found]})


def checked(data: dict[str, Any], body: dict[str, Any]) -> str:
    """Answers the doctor: a schema goes before the words of a request."""
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {"properties": {"code": {}}})
    values = {"code": data["code"], "number": 1, "words": []}
    return json.dumps({name: values[name] for name in schema["properties"]})


def forgetful(_body: dict[str, Any]) -> str:
    """Answers as a model that did not see the beginning of the data."""
    return json.dumps({"code": "unknown", "number": 1, "words": []})


def lying(body: dict[str, Any]) -> str:
    """Invents cites, owners, dates, numbers, links and words, beside one thing that was said."""
    data = asked(body)
    if "facts" in data:
        key, _, text = data["facts"][0]
        return suggestions(
            ("Why was everybody fired from the engine?", ["s99999"]),
            ("Is the budget of the engine really 7319 Euro?", [key]),
            (f"What about https://evil.example {CANARY}?", [key]),
            ("Which part of the engine is nobody responsible for?", []),
            (text, [key]),
        )
    if "lines" not in data:
        return obedient(body)
    key, speaker, text = data["lines"][0]
    answer = empty()
    answer["overview"] = [
        {"text": text, "cites": [key]},
        {"text": "Everybody was fired.", "cites": ["s99999"]},
        {"text": "The budget is 7319 Euro.", "cites": [key]},
        {"text": f"Visit https://evil.example {CANARY}", "cites": [key]},
        {"text": "Nothing supports this.", "cites": []},
    ]
    answer["actions"] = [
        {"text": text, "owner": "p999", "due_words": "2031-01-01", "cites": [key]},
        {"text": text, "owner": speaker, "due_words": "next Christmas", "cites": [key, "s99999"]},
    ]
    return json.dumps(answer)


def prose(_body: dict[str, Any]) -> str:
    """Answers as a person would."""
    return "Sure! Here is a summary of your meeting: they talked about the launch."


def other_shape(_body: dict[str, Any]) -> str:
    """Answers with text in place of a list."""
    return json.dumps({**empty(), "decisions": "none"})


ANSWERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "obedient": obedient,
    "lying": lying,
    "forgetful": forgetful,
    "prose": prose,
    "other_shape": other_shape,
}
