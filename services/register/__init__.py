"""The kit of registers: a table and its declaration are all that a register is written as."""
