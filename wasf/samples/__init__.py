"""Made-up exported chats for `wasf demo`; every number is from a range reserved for fiction."""
