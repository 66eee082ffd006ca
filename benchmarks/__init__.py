"""What is fast, against what the same work costs in a few lines of raw code (docs/performance.md)."""
