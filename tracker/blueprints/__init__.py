"""HTTP only: guard, form, one call, answer. A blueprint a room of the product."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind every room, the navigation, and what is answered where something fails."""
    from tracker.blueprints import addresses, auth, budget, donors, errors, navigation, overview
    from tracker.blueprints import pledges, portal, receipts, reports  # isort: skip

    addresses.init_app(app)
    for room in (auth, overview, donors, pledges, receipts, budget, reports, portal):
        app.register_blueprint(room.bp)
    navigation.init_app(app)
    errors.init_app(app)
