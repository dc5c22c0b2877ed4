"""Check a receipt: python3 check_receipt.py receipt.json record.json (no network 无需联网)."""

import hashlib
import json
import sys


def canonical(value: object) -> bytes:
    """Return the canonical JSON of ``value``."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


with open(sys.argv[1], encoding="utf-8") as mine, open(sys.argv[2], encoding="utf-8") as public:
    receipt, record = json.load(mine), json.load(public)
nonce = bytes.fromhex(receipt["nonce"])
computed = hashlib.sha256(nonce + canonical(receipt["content"])).hexdigest()
seed = hashlib.sha256(canonical(record["commitments"])).hexdigest()
rows = [row for row in record["commitments"] if row["receipt"] == receipt["receipt"]]
checks = [
    ("回执与内容一致 / the receipt fits the bid", computed == receipt["commitment"]),
    ("开标记录列有此回执 / the record lists it", len(rows) == 1),
    ("承诺值相同 / with this commitment", bool(rows) and rows[0]["commitment"] == computed),
    ("记录未被改动 / the record fits its digest", seed == record["seed"]),
]
for text, holds in checks:
    print("✓" if holds else "✗", text)
sys.exit(0 if all(holds for _, holds in checks) else 1)
