"""The schedule: one thin Prefect flow for each job of the office, and the only importer of Prefect.

A flow orders use cases of `network`, names them for leaders, and holds retries and concurrency; it decides nothing
about a member. Prefect finds flows by module path, never by file.
"""
