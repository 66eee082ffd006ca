"""The read side: rows become frozen facts for the rules, and plain rows for lists. Nothing here writes."""
