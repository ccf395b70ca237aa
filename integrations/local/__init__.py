"""The embedded defaults, which need no account: a workbook file, mails as files, a folder as inbox.

They are first-class adapters and keep the same promises as the connected ones, so that an office may stay on them.
"""
