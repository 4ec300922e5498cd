"""Where tests keep what is written often."""

import os
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")
MEMORY = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None
"""A folder in memory, None where there is none: a ledger waits for the disk at every step."""
