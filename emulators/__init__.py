"""Stand-ins for the servers we talk to, reached through HTTP alone: state, the services' own words, faults on demand.

They import nothing of the house and nothing of the house imports them. `README.md` says what they are not.
"""
