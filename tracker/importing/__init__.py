"""Files in: text becomes checked records, or a list of everything that is wrong with it.

`tables` opens what was handed over (CSV, a folder, a workbook) and answers with rows of text; `plan`
reads them against what is on record and answers with what would be recorded. Nothing here writes.
"""
