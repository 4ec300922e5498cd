"""Where chats come from: one module or folder each, a class that satisfies `interfaces.Source`."""
