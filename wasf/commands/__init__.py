"""The use cases: plain functions over adapters that return values; no printing, no parsing.

`sync` is the main one. The others have the names of their commands. `review` is also for allow and
skip, `link` for unlink, `status` for runs, `doctor` for test-lead; `privacy` is forget and purge.
`sign_in` is the sign-in to Salesforce, `chat_api` that to chat APIs.
"""
