"""The plan of a sync: which record each chat belongs to, and what is written. All of it is pure.

1. `record_match` finds the record that a chat belongs to among the people who were found in the
   org, and the owner of what is written (rules M and O).
2. `related` finds the Opportunity, Case or Account that its Tasks are related to (R).
3. `planner` makes the `Plan`: where each chat is logged, which Leads are created or changed, what
   waits and why (L, T7, W). What stands in Leads is in `leads`.
4. `duplicates` plans again for Leads that a duplicate rule blocked (M11).

`ownership_search` goes the other way: it finds the chats of a person, for `wasf forget`.

A `Plan` (`decisions`) is a value that can be printed and compared; `wasf.core.tasks` makes the
Tasks of a chat when its record's id is known. The names are loaded when they are used.
"""

from typing import TYPE_CHECKING

from wasf import late_names

if TYPE_CHECKING:
    from wasf.core.plan.decisions import (
        BlockedLead,
        ChangesLead,
        CreatesLead,
        Logs,
        Plan,
        PlanContext,
        Target,
    )
    from wasf.core.plan.duplicates import plan_blocked, search_for_named
    from wasf.core.plan.leads import chat_link, new_lead, unlink_change
    from wasf.core.plan.ownership_search import (
        Belonging,
        has_number,
        only_record_tells,
        search_for_holders,
        whose,
    )
    from wasf.core.plan.planner import make_plan, search_for
    from wasf.core.plan.record_match import (
        ClosedLead,
        Directory,
        MatchedContact,
        MatchedLead,
        choose_owner,
        find_record,
        is_closed_status,
        is_known,
        linked_records,
        numbers_of,
        with_account_owner,
    )
    from wasf.core.plan.related import (
        businesses_by_number,
        choose_related,
        contact_hint,
        unknown_numbers,
    )

__all__ = [
    "Belonging", "BlockedLead", "ChangesLead", "ClosedLead", "CreatesLead", "Directory", "Logs",
    "MatchedContact", "MatchedLead", "Plan", "PlanContext", "Target", "businesses_by_number",
    "chat_link", "choose_owner", "choose_related", "contact_hint", "find_record", "has_number",
    "is_closed_status", "is_known", "linked_records", "make_plan", "new_lead", "numbers_of",
    "only_record_tells", "plan_blocked", "search_for", "search_for_holders", "search_for_named",
    "unknown_numbers", "unlink_change", "whose", "with_account_owner",
]  # fmt: skip

if not TYPE_CHECKING:
    __getattr__ = late_names(
        __name__,
        {
            "decisions": (
                "BlockedLead", "ChangesLead", "CreatesLead", "Logs", "Plan", "PlanContext",
                "Target",
            ),
            "duplicates": ("plan_blocked", "search_for_named"),
            "leads": ("chat_link", "new_lead", "unlink_change"),
            "ownership_search": (
                "Belonging", "has_number", "only_record_tells", "search_for_holders", "whose",
            ),
            "planner": ("make_plan", "search_for"),
            "record_match": (
                "ClosedLead", "Directory", "MatchedContact", "MatchedLead", "choose_owner",
                "find_record", "is_closed_status", "is_known", "linked_records", "numbers_of",
                "with_account_owner",
            ),
            "related": (
                "businesses_by_number", "choose_related", "contact_hint", "unknown_numbers",
            ),
        },
    )  # fmt: skip
