"""An Evolution API server for tests and gates: instances and their table of messages.

with LocalEvolution.start() as evolution:
    shop = evolution.add_instance("shop", "447700900100")
    shop.say("447700900123@s.whatsapp.net", "Is it ready?", at)
    ...  # talk to evolution.base_url with evolution.key
"""

from tests.servers.evolution.model import EvolutionInstance, EvolutionRow
from tests.servers.evolution.server import LocalEvolution

__all__ = ["EvolutionInstance", "EvolutionRow", "LocalEvolution"]
