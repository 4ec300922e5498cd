"""Data and decisions: no I/O, no clock, nothing that changes.

chats, records, policy, auth     what sources yield, what Salesforce holds, what a team chose
chat_identity, phones, approval  which chat is meant, which number, whether it may be logged
keys, diff, alignment            how messages are known again in a newer export
chat_likeness                    whether two chats are one, by their messages
coverage, zones                  what earlier exports showed, and by which clock
plan                             which record each chat belongs to, and what is written there
windows, tasks                   the Tasks of a chat, window by window
task_text, task_words            what stands in them, in each language
templates, fields                fields that settings fill, and their values
refusals, bulk_jobs              why Salesforce refused a record; the steps of a bulk job
report, runs, checks             what `wasf report`, `wasf runs` and `wasf doctor` show
source_state                     what the ledger keeps of sources
moments, text                    times as people write them; lengths, pieces and spelling of texts
"""
