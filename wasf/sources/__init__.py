"""Where chats come from: one module or folder each."""
