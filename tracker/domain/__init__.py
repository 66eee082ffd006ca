"""The funding rules: facts in, figures out. Standard library only; no database, no web, no clock.

Dates are calendar days of the programme; months are integers (see `months`); ranges of months inside
this package are half open, ``[start, end)``, except where a name says `first`/`last` or `from`/`until`
(both inclusive, as people write them). Money is whole minor units. See docs/funding-rules.md.
"""
