"""What can be wrong, or odd, with anybody's tables, IATI files and donors' names (docs/importing.md)."""

from typing import Final

from tracker.wording.marks import N_

SENTENCES: Final[dict[str, str]] = {
    # Merged donors
    "donor_merged": N_("“%(text)s” was merged into “%(into)s”. Write %(into)s, or undo the merge first."),
    "has_merged": N_("Donors were merged into it: %(names)s. Undo these merges first."),
    "login_of_no_donor": N_(
        "“%(text)s” is no donor of its own any more. Give this login another donor, then enable it."
    ),
    "merge_itself": N_("A donor cannot be merged into itself. Choose another one."),
    "merge_unidentified": N_(
        "Money of an unknown payer is assigned receipt by receipt. Assign the receipts; UNIDENTIFIED stays."
    ),
    "merge_anonymous": N_(
        "%(code)s is anonymous and %(other)s is not. Set both alike first: a merge shall name nobody."
    ),
    "merge_logins": N_(
        "Logins of %(code)s are enabled: %(emails)s. They would lose sight of their money. "
        "Have an administrator disable them, or give them to the other donor, first."
    ),
    "merge_names_long": N_("%(code)s would have too many other names. Take some away first."),
    "merge_changed": N_("%(code)s was changed meanwhile. Look at both again, then decide."),
    "merge_undone": N_("The merge of %(code)s was undone or changed meanwhile. There is nothing to undo."),
    "merge_undo_first": N_("%(code)s was merged into %(into)s since. Undo that merge first."),
    "merge_receipt_crosses": N_(
        "Receipt %(receipt)s settles pledge %(pledge)s, and one of the two would go back. "
        "Amend the receipt first: name no pledge, or a pledge of its own donor."
    ),
    # Files given in the browser
    "upload_type_unknown": N_("“%(text)s” is not of a type that is read. Give a .csv, .xlsx or .xml file."),
    "upload_not_ready": N_("Nobody has said yet what its columns mean. Say so first."),
    "upload_says_nothing_new": N_("Everything in the file is on record already. There is nothing to record."),
    # IATI files
    "xml_too_large": N_("The file is larger than %(most)s MB. Ask for one with fewer activities."),
    "xml_packed": N_("This is a packed file and not XML. Unpack it, then give the .xml file that is in it."),
    "xml_encoding": N_("The file is written in %(text)s, which is not read here. Save it as UTF-8."),
    "xml_empty": N_("There is nothing in the file. Ask for it again."),
    "xml_doctype": N_(
        "The file has a document type (DOCTYPE), which IATI does not use and which can do harm. "
        "Ask for one without."
    ),
    "xml_too_much": N_(
        "The file has too many elements, too deep ones, or a text or tag that is too long. "
        "Ask for an IATI activity file with fewer activities."
    ),
    "xml_broken": N_(
        "This is not XML, or it breaks off: line %(line)s cannot be read. Ask for the file again."
    ),
    "iati_other_xml": N_(
        "This is XML, but no IATI activity file: it begins with “%(text)s”. "
        "Give one that begins with iati-activities."
    ),
    "iati_organisations": N_(
        "This is an IATI organisation file, which has no transactions. Give the publisher’s activity file."
    ),
    "iati_no_transactions": N_(
        "None of the %(activities)s activities in the file has a transaction. "
        "Give a file with incoming money: transactions of type 1, 11 or 13."
    ),
    "iati_nothing_incoming": N_(
        "The file has no incoming money, only %(words)s. Give a file with transactions of type 1, 11 or 13."
    ),
    "iati_no_donor": N_(
        "%(rows)s transactions name no donor: they are recorded under UNIDENTIFIED. Is that meant?"
    ),
    "iati_earmarked": N_(
        "The file calls transactions earmarked (%(words)s), and does not say for which outcome: "
        "without an earmark named for them they are core. Is that meant?"
    ),
    "iati_negative_refund": N_(
        "%(currency)s %(text)s is money given back: it is taken for a refund of row %(other)s. Is that meant?"
    ),
    "iati_anonymous": N_(
        "%(names)s: anonymous in this file, with references of their own. "
        "In the programme that wrote it they would stand twice. Is this another one?"
    ),
    "iati_own_misplaced": N_(
        "A transaction of type %(text)s has %(names)s of our own namespace, which does not go with it. "
        "Export the file again."
    ),
    "iati_own_differs": N_(
        "The transaction says “%(text)s”, our own element in it “%(own)s”. "
        "Make both the same, or export again."
    ),
    # Mappings and names, in the browser
    "mapping_says_another_name": N_(
        "The text calls itself “%(text)s”, this mapping is “%(name)s”. Write that name, or upload it anew."
    ),
    "mapping_not_given": N_("Nothing is given. Choose a file, or paste the text."),
    "name_not_decided": N_("Nobody has said whose name this is. Tick a donor, or say that it is a new one."),
    # Flows
    "twin_in_file": N_(
        "Row %(other)s has the same donor, day and amount. Both are kept: leave one out if they are one."
    ),
    # Anybody's tables
    "table_too_large": N_("The file is too large. Give one of at most %(most)s MB."),
    "too_many_columns": N_("Row %(row)s has more than %(most)s columns. Delete those that are not needed."),
    "cell_too_long": N_(
        "Row %(row)s, column %(letter)s: the cell has more than %(most)s characters. Shorten or empty it."
    ),
    "cell_never_ends": N_(
        "Row %(row)s has a cell of far more than %(most)s characters. A quotation mark may not be closed."
    ),
    "no_such_sheet": N_("There is no sheet “%(text)s”. Name one of: %(names)s."),
    "map_not_toml": N_("This is no mapping in TOML: %(reason)s. Put that right; the documentation has one."),
    "map_unknown_key": N_("“%(text)s” is not known in a mapping here. Write one of: %(words)s."),
    "map_wrong_type": N_("“%(text)s” cannot stand here. Write it as the documentation does: %(right)s."),
    "kind_word_twice": N_("“%(text)s” stands for %(other)s already. Let each word stand for one kind."),
    "filter_without_words": N_(
        "The filter on “%(text)s” needs words to keep, or words to drop, and not both."
    ),
    "column_not_chosen": N_("No column is chosen for this. Choose the one that says it."),
    "day_not_chosen": N_("No column says this day. Choose one, or write one day for all rows."),
    "kind_not_chosen": N_(
        "Nothing says what a row is. Choose the column that does, or say that all rows are pledge, signed or "
        "received."
    ),
    "kind_words_missing": N_("Say which words of that column mean pledge, signed or received."),
    "negative_amount": N_(
        "“%(text)s” is negative: money that went back. The row is left out; record the refund by hand."
    ),
    "signed_differs": N_(
        "Signed is %(signed)s and pledged %(pledged)s. The pledge is recorded; the other stands in its notes."
    ),
    "written_off_differs": N_(
        "Written off is %(written)s, and %(unpaid)s of the pledge is unpaid. The unpaid rest is closed; the "
        "other stands in its notes."
    ),
    "usd_disagrees": N_(
        "USD %(usd)s is not %(currency)s %(amount)s at %(rate)s. Which of the three is wrong?"
    ),
}
