"""Sealing what nobody may read before its time: keys, locks, lengths that tell nothing."""
