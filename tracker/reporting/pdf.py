"""HTML to a tagged PDF (PDF/UA-1), with nothing fetched: a paper is made of what it is handed.

WeasyPrint, and the pango it stands on, are loaded when the first paper is made: the pages do without.
The same HTML gives the same bytes; its dates come from its own `<meta>` elements.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from flask_babel import gettext as _

BASE: Final = "paper:"
"""What addresses inside a paper begin with; there are no others."""


class PdfUnavailable(Exception):
    """No PDF can be made here. The text is for the reader, and says what would help."""


class Part(NamedTuple):
    """A file that a paper refers to by its name."""

    media_type: str
    content: bytes


def pdf_of(html: str, parts: Mapping[str, Part]) -> bytes:
    """The PDF of a page of HTML, which may refer to the parts by name (`paper:paper.css`), to nothing else.

    Raises `PdfUnavailable` where WeasyPrint or pango is not there, and `ValueError` for any other address.
    """
    weasyprint = _weasyprint()
    try:
        page = weasyprint.HTML(string=html, base_url=BASE, url_fetcher=_fetcher(parts))
        made: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    except weasyprint.urls.FatalURLFetchingError as error:  # no Exception, so that WeasyPrint itself stops
        raise ValueError(str(error)) from error
    return made


def _weasyprint() -> Any:
    """The library. Without its Python package it is an `ImportError`, without pango an `OSError`."""
    try:
        import weasyprint
    except ImportError as error:
        raise PdfUnavailable(
            _("PDF files cannot be made here: the package WeasyPrint is missing. Install the extra “pdf”.")
        ) from error
    except OSError as error:
        raise PdfUnavailable(
            _(
                "PDF files cannot be made here: the system’s library pango is missing. "
                "Install libpango-1.0-0 and libpangoft2-1.0-0."
            )
        ) from error
    return weasyprint


def _fetcher(parts: Mapping[str, Part]) -> Any:
    """A fetcher that knows the parts by name and stops the paper at any other address."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):
        """Opens nothing: no file, no network."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            part = parts.get(url.removeprefix(BASE)) if url.startswith(BASE) else None
            if part is None:
                raise FatalURLFetchingError(f"a paper refers to {url!r}, which is no part of it")
            return URLFetcherResponse(url, part.content, {"Content-Type": part.media_type})

    return Fetcher()  # type: ignore[no-untyped-call]
