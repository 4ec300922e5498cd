"""The use cases: plain functions over adapters that return values; no printing, no parsing.

`sync` is the main one. The others have the names of their commands, but for `review` (also allow
and skip), `privacy` (forget and purge), and `chat_api` (the sign-in to chat APIs).
"""
