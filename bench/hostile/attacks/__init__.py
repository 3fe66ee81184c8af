"""Every attack, by name."""

from .registry import ATTACKS as ATTACKS
from .registry import Attack as Attack

from . import bodies as bodies  # isort: skip - modules enter their attacks when they are imported
from . import calls as calls  # isort: skip
from . import floods as floods  # isort: skip
from . import heads as heads  # isort: skip
from . import messages as messages  # isort: skip
from . import queries as queries  # isort: skip
from . import sockets as sockets  # isort: skip
