"""What nobody needs: a kind of process, and registers.

A community hall is lent, looked at, and given back. Everything of it is in this folder; its entry in
the composition list is the setting JIEBANG_PROCESSES. The registers are those of JIEBANG_REGISTERS.
"""
