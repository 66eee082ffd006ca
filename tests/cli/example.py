"""Worked example B of the funding rules, as files."""

EXAMPLE_B = {
    "donors": "code,name,kind,country\nFRA,France,government,FR\nNLD,Netherlands,government,NL\n",
    "rates": "currency,effective_on,rate\nEUR,2026-01-01,0.92\nEUR,2026-03-01,0.9350\nEUR,2026-06-01,0.91\n",
    "pledges": (
        "reference,donor,currency,amount,pledged_on,signed_on,earmark,covers_until\n"
        "FR-1,FRA,EUR,100000,2026-02-01,2026-02-20,O2,2026-12\n"
        "NL-1,NLD,USD,60000,2026-04-10,,core,\n"
    ),
    "instalments": "pledge,due_on,amount\nFR-1,2026-03-15,40000\nFR-1,2026-05-15,60000\n",
    "receipts": (
        "reference,donor,pledge,received_on,currency,amount,earmark\n"
        "R1,FRA,FR-1,2026-03-20,EUR,40000,\nR2,NLD,,2026-01-10,USD,50000,core\n"
    ),
}
