"""A tamper-evident ledger: RFC 9162 Merkle tree with signed checkpoints."""
