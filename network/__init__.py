"""The rules and the use cases: plain functions over ports that decide and perform nothing."""
