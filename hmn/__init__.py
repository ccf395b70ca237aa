"""The command `hmn`: what a maintainer types on set-up day and a leader asks when something looks odd.

Commands that only read start without Prefect and without any vendor's library.
"""
