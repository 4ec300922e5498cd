"""A WAHA server for tests and gates: sessions, chats and messages in the shapes of its engines.

with LocalWaha.start() as waha:
    shop = waha.add_session("shop", "447700900100")
    ada = shop.add_chat("447700900123@c.us", "Ada Example")
    ada.say("Is it ready?", at)
    ...  # talk to waha.base_url with waha.key
"""

from tests.servers.waha.model import HALF, Engine, WahaChat, WahaFile, WahaRow, WahaSession
from tests.servers.waha.server import LocalWaha

__all__ = ["HALF", "Engine", "LocalWaha", "WahaChat", "WahaFile", "WahaRow", "WahaSession"]
