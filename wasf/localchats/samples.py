"""A small workspace for the demo: customers, an agent who answers, a call, the team's own note."""

from datetime import datetime, timedelta

from wasf.localchats.model import Chat, MessageType, Workspace

_SHOP = "+447700900001"
_HOUR = timedelta(hours=1)


def sample_workspace(owner_email: str, now: datetime) -> Workspace:
    """Four chats of the last day, for whom somebody with that e-mail is responsible."""
    workspace = Workspace()
    shop = workspace.add_account(_SHOP, owner_email, "Shop")
    desk = workspace.add_account("+447700900002", owner_email, "Desk", official=True)

    def chat(name: str, phone: str, *, official: bool = False) -> Chat:
        return workspace.add_chat(desk if official else shop, name, phone, owner_email)

    ada = chat("Ada Example", "+447700900123")
    _talk(
        workspace, ada, now - 20 * _HOUR, "Is my bike ready? 🚲", "Yes, since this morning!", "👍"
    )
    layla = chat("Layla Muster", "+447700900461", official=True)
    _talk(workspace, layla, now - 9 * _HOUR, "هل لديكم دراجة للأطفال؟", "نعم، تفضلي بزيارتنا.")
    jonas = chat("Jonas Beispiel", "+491713920012")
    _talk(workspace, jonas, now - 5 * _HOUR, "Gibt es das Lastenrad noch?")
    workspace.add_message(jonas, None, now - 4 * _HOUR, type=MessageType.CALL, status="Missed")
    workspace.add_message(jonas, "call him back", now - 4 * _HOUR, type=MessageType.NOTE)
    chloe = chat("Chloé Fictive", "+33639980012")
    _talk(workspace, chloe, now - 2 * _HOUR, "Bonjour, vous livrez à Lyon ?", "Oui, sous 48 h.")
    return workspace


def _talk(workspace: Workspace, chat: Chat, begin: datetime, *texts: str) -> None:
    """Texts by turns, a minute apart; the customer begins."""
    for number, text in enumerate(texts):
        at = begin + timedelta(minutes=number)
        workspace.add_message(chat, text, at, from_me=number % 2 == 1)
