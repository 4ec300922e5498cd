"""Data and decisions: no I/O, no clock, nothing that changes.

chats, records, policy, auth    what sources yield, what Salesforce holds, what a team chose
plan                            which record each chat belongs to, and what is written there
windows, tasks, task_text       the Tasks of a chat, window by window
keys, diff, alignment, zones    how messages are known again in a newer export
report, runs, checks            what `wasf report`, `wasf runs` and `wasf doctor` show
"""
