"""The servers of `wasf demo`: a Salesforce-like org and a chat API like TimelinesAI's.

They know nothing of the rest of wasf, which talks to them as it talks to the real services. They
are as strict as those are, and ship only what the demo needs. `tests/servers` extends them by what
only tests need: sign-in, the Tooling API, faults, an admin's configuration.

`seeds` holds the records and chats that the demo starts with.
"""
