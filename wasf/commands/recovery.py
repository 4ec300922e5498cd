"""What an earlier run left in doubt is settled before anything new is sent.

A run that was killed, or whose answer was lost, leaves intents: Tasks that may be in Salesforce or
not. They are looked up by their key. What is not there is sent again only if that cannot double it:
the very same Task at once where the key is unique in the org, and not before the quarantine is over
where it is not, because a request may still be at work long after its connection is gone.
"""

from collections.abc import Sequence
from datetime import datetime

from wasf.commands.course import Post
from wasf.core.chats import ChatId
from wasf.core.records import TaskKey
from wasf.interfaces import InDoubt, Intent, Logged, NotSent

_BATCH = 200


def recover(post: Post) -> dict[ChatId, datetime]:
    """Settle open intents; return the chats that still have some, and until when (UTC)."""
    intents = post.ledger.intents()
    if not intents:
        return {}
    found = post.org.find_tasks([intent.task.key for intent in intents], post.facts.key_field)
    post.ledger.settle([Logged(key, task_id) for key, task_id in found.items()])
    missing = [intent for intent in intents if intent.task.key not in found]
    if post.facts.key_field.is_unique:
        return _send_again(missing, post)
    now = post.clock()
    over = [intent.task.key for intent in missing if now - intent.at >= post.quarantine]
    post.ledger.settle([NotSent(key) for key in over])
    young = [intent for intent in missing if now - intent.at < post.quarantine]
    return {intent.chat_id: intent.at + post.quarantine for intent in young}


def _send_again(intents: Sequence[Intent], post: Post) -> dict[ChatId, datetime]:
    tasks = [intent.task for intent in intents]
    batches = [tasks[start : start + _BATCH] for start in range(0, len(tasks), _BATCH)]
    in_doubt: set[TaskKey] = set()
    for outcomes in post.org.log_tasks(batches, post.facts.key_field):
        post.ledger.settle(outcomes)
        in_doubt |= {outcome.key for outcome in outcomes if isinstance(outcome, InDoubt)}
    later = post.clock() + post.quarantine
    return {intent.chat_id: later for intent in intents if intent.task.key in in_doubt}
