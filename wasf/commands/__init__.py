"""The use cases: plain functions over adapters that return values; no printing, no parsing."""
