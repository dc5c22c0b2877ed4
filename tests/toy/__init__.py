"""A kind of process that nobody needs: a community hall is lent, looked at, and given back.

Everything of it is in this folder; its entry in the composition list is the setting
JIEBANG_PROCESSES.
"""
