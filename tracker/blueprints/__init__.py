"""HTTP only: guard, form, one call, answer. A blueprint a room of the product."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind every room, the navigation, and what is answered where something fails."""
    from tracker.blueprints import addresses, auth, budget, donors, errors, navigation, overview
    from tracker.blueprints import pledges, portal, receipts, reports  # isort: skip

    from tracker.blueprints import help as help_room
    from tracker.blueprints import instalments, rates, refunds, search, users

    addresses.init_app(app)
    for room in (auth, overview, donors, pledges, receipts, budget, reports, portal):
        app.register_blueprint(room.bp)
    for room in (rates, users, help_room):
        app.register_blueprint(room.bp)
    for room in (instalments, refunds, search):
        app.register_blueprint(room.bp)
    from tracker.blueprints import files, handover, history, people

    for room in (people, files, history, handover):
        app.register_blueprint(room.bp)
    from tracker.blueprints import bank

    app.register_blueprint(bank.bp)
    from tracker.blueprints import pledge_life, receipt_life, refund_pages, voiding

    for room in (pledge_life, receipt_life, refund_pages, voiding):
        app.register_blueprint(room.bp)
    navigation.init_app(app)
    help_room.init_app(app)
    errors.init_app(app)
