"""Provide what operators see: log lines and metrics.

structlog loads rich, with what rich loads, for a renderer that is not used here. Loading them takes as long as loading
all tables, so they are withheld from it, and from it alone.
"""

import sys

if "structlog" not in sys.modules and "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # its import then fails, for which structlog provides
    try:
        import structlog as structlog
    finally:
        del sys.modules["rich"]
