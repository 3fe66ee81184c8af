"""Record what a commit changed: per index, the keys that vanished, appeared, or kept their position over a new body."""

from connvo.kernel.keys import Key

from .read_set import ReadSet


class WrittenKeys:
    """The index keys of one commit, in the form that the log stores."""

    __slots__ = ("keys",)

    def __init__(self, keys: dict[str, list[Key]] | None = None) -> None:
        self.keys: dict[str, list[Key]] = keys if keys is not None else {}

    def add(self, names: list[str], keys: list[Key], old: list[Key] | None = None) -> None:
        """Add a document's keys, one per index name (`table/index`); `old` are its previous keys."""
        found = self.keys
        for name, key in zip(names, keys, strict=True):
            held = found.get(name)
            if held is None:
                found[name] = [key]
            else:
                held.append(key)
        if old is not None:
            for name, key, before in zip(names, keys, old, strict=True):
                if before != key:
                    found[name].append(before)

    def intersects(self, reads: ReadSet) -> bool:
        """Return whether any of these keys is in a range of the read set."""
        for name, keys in self.keys.items():
            table, _, index = name.partition("/")
            if any(reads.touches(table, index, key) for key in keys):
                return True
        return False

    def __bool__(self) -> bool:
        return bool(self.keys)
