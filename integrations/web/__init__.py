"""Pages of other people, looked at from outside."""
