"""Recorded speech with its words, made-up noises, and the word error rate of what was recognised."""

import json
import math
import random
import re
import struct
import wave
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "speech"
RATE = 16_000
SILENCE = bytes(RATE * 2)
FULL = 32_767
# Recognisers write numbers as digits.
DIGITS = {"4": "four", "7": "seven", "8": "eight", "10": "ten", "mr": "mister"}


def clips() -> dict[str, str]:
    """Returns the words of each clip."""
    found: dict[str, str] = json.loads((FOLDER / "transcripts.json").read_text())
    return found


def audio(name: str) -> bytes:
    """Returns the samples of a clip."""
    with wave.open(str(FOLDER / f"{name}.wav")) as file:
        samples: bytes = file.readframes(file.getnframes())
    return samples


def words(text: str) -> list[str]:
    """Returns the words of a text without case and punctuation."""
    plain = re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("-", " "))
    return [DIGITS.get(word, word) for word in plain.split()]


def errors(said: str, recognised: str) -> int:
    """Returns the number of words that were replaced, left out or added."""
    one, other = words(said), words(recognised)
    row = list(range(len(other) + 1))
    for number, word in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, found in enumerate(other, 1):
            cost = min(row[at] + 1, row[at - 1] + 1, before + (word != found))
            before, row[at] = row[at], cost
    return row[-1]


def error_rate(recognised: dict[str, str]) -> float:
    """Returns the word error rate over these clips."""
    said = clips()
    wrong = sum(errors(said[name], text) for name, text in recognised.items())
    return wrong / sum(len(words(said[name])) for name in recognised)


def tone(seconds: float, *frequencies: float, level: float = 0.2) -> bytes:
    """Returns tones at once, such as mains hum or a ringing phone."""
    count = int(seconds * RATE)
    share = level * FULL / len(frequencies)
    values = (sum(math.sin(2 * math.pi * f * at / RATE) for f in frequencies) * share for at in range(count))
    return struct.pack(f"<{count}h", *(int(value) for value in values))


def noise(seconds: float, level: float = 0.05) -> bytes:
    """Returns the noise of a fan."""
    dice = random.Random(1)
    count = int(seconds * RATE)
    return struct.pack(f"<{count}h", *(int(dice.gauss(0, level) * FULL / 3) for _ in range(count)))


def typing(seconds: float) -> bytes:
    """Returns short bursts as of a keyboard, six a second."""
    dice, count = random.Random(2), int(seconds * RATE)
    values = [0.0] * count
    for begin in range(0, count, RATE // 6):
        at = begin + dice.randrange(RATE // 12)
        for step in range(min(400, count - at)):
            values[at + step] = dice.gauss(0, 0.25) * math.exp(-step / 80)
    return struct.pack(f"<{count}h", *(max(-FULL, min(FULL, int(value * FULL))) for value in values))
