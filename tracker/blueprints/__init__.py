"""HTTP only: guard, form, one call, answer. A blueprint a room of the product."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind every room, the navigation, and what is answered where something fails."""
    from tracker.blueprints import (
        account,
        addresses,
        auth,
        bank,
        budget,
        bundles,
        changes,
        closings,
        contributors,
        donors,
        errors,
        exposure,
        factor,
        files,
        forgotten,
        handover,
        health,
        history,
        iati,
        import_columns,
        import_names,
        imports,
        instalments,
        invitations,
        issuing,
        mappings,
        meetings,
        merges,
        navigation,
        overview,
        people,
        pledge_life,
        pledges,
        portal,
        rates,
        receipt_life,
        receipts,
        refund_pages,
        refunds,
        reports,
        search,
        statements,
        steps,
        users,
        viewing,
        voiding,
    )
    from tracker.blueprints import help as help_room

    addresses.init_app(app)
    for room in (
        *(health, auth, steps, forgotten, account, factor),
        *(overview, changes, contributors, budget, exposure, reports, portal),
        *(donors, merges, people, invitations, files, pledges, pledge_life, instalments),
        *(receipts, receipt_life, refunds, refund_pages, voiding, bank, closings, rates),
        *(statements, issuing, bundles, meetings),
        *(iati, imports, import_columns, import_names, mappings),
        *(search, history, handover, users, viewing, help_room),
    ):
        app.register_blueprint(room.bp)
    navigation.init_app(app)
    help_room.init_app(app)
    errors.init_app(app)
