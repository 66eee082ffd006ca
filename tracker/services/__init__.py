"""The write side: one verb a function, keyword-only. Every write adds its audit entries; none commits."""
