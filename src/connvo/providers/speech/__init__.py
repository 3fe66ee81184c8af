"""Engines that turn speech into words: an embedded one in processes of its own, and servers over HTTP."""
