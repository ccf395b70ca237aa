"""What is remembered between runs: tables, one store for each noun, and their migrations.

The promises of delivery and consent stand in constraints of the database, which is SQLite beside the office or
PostgreSQL when the office has outgrown that.
"""
