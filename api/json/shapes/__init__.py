"""What the JSON API takes and gives: ``XCreate`` and ``XUpdate`` in, ``XPublic`` out.

Amounts are in yuan and marks from 0 to 100, both exact decimals written as strings; times are
ISO 8601 with their offset, days ISO 8601 dates in Beijing.
"""
