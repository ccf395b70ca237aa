"""The words that go out: letters, notices, newsletter, survey mails and the Monday mail, and their common layout.

A package only so that the installed program finds these files through `importlib.resources`; it holds no code.
"""
