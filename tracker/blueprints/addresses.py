"""References in addresses: any character a reference may have, slashes too."""

from flask import Flask
from werkzeug.routing import BaseConverter


class KeyConverter(BaseConverter):
    """A record's code or reference: `15-DC/031@B` stands in an address as it is."""

    regex = ".+"
    part_isolating = False


def init_app(app: Flask) -> None:
    """Give routes `<key:…>`. A reference may begin with a slash, or hold two in a row."""
    app.url_map.converters["key"] = KeyConverter
    app.url_map.merge_slashes = False
