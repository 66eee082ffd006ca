"""A file that somebody wants kept: its name made safe, its type proven by name and by bytes alike.

Nothing in it is read or run; what is kept goes out again only as an attachment, with the media type of
the table here, never the one a browser claimed.
"""

import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Final

from tracker.domain.problems import Refused

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
MAX_NAME_CHARACTERS: Final = 200
MAX_UNPACKED_BYTES: Final = 100_000_000
MAX_MEMBERS: Final = 1_000
FIELD: Final = "file"

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEDIA_TYPES: Final = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": DOCX,
}
"""Extension → media type: all that is kept."""
WORDS: Final = "PDF, PNG, JPEG, DOCX"

_STARTS: Final = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/jpeg": b"\xff\xd8\xff",
    DOCX: b"PK\x03\x04",
}
_PDF_END_WITHIN: Final = 4_096
_PIECE_BYTES: Final = 1 << 20
_FORBIDDEN: Final = frozenset('<>:"/\\|?*')


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept. `name` is safe in any header and folder; `sha256` is hexadecimal."""

    name: str
    media_type: str
    content: bytes
    sha256: str


def check_file(name: str, content: bytes) -> CheckedFile:
    """The file as it is kept. Raises `Refused` with one problem that says what would be right."""
    if not name and not content:
        raise Refused.of("file_missing", FIELD)
    safe = safe_name(name)
    media_type = MEDIA_TYPES.get(safe.rpartition(".")[2].lower()) if "." in safe else None
    if safe.lower().endswith(".docm"):
        raise Refused.of("file_has_macros", FIELD, text=safe)
    if media_type is None:
        raise Refused.of("file_type_not_kept", FIELD, text=safe, words=WORDS)
    if not content:
        raise Refused.of("file_empty", FIELD, text=safe)
    if len(content) > MAX_FILE_BYTES:
        raise Refused.of("file_too_large", FIELD, text=safe, most=MAX_FILE_BYTES // (1024 * 1024))
    _check_bytes(safe, media_type, content)
    return CheckedFile(safe, media_type, content, sha256(content).hexdigest())


def safe_name(name: str) -> str:
    """A file's own name: no folders, nothing hidden, nothing that a header or a disk trips over.

    >>> safe_name("C:\\\\temp\\\\a\\u202efdp.pdf"), safe_name("../../etc/passwd"), safe_name('a"b\\r\\n.pdf')
    ('afdp.pdf', 'passwd', 'a_b.pdf')
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    plain = "".join("_" if c in _FORBIDDEN else c for c in shown).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    most = MAX_NAME_CHARACTERS - len(dot + extension)
    return f"{stem[: max(most, 1)]}{dot}{extension}"[:MAX_NAME_CHARACTERS]


def _check_bytes(name: str, media_type: str, content: bytes) -> None:
    if not content.startswith(_STARTS[media_type]):
        raise Refused.of("file_not_what_it_says", FIELD, text=name)
    if media_type == "application/pdf" and b"%%EOF" not in content[-_PDF_END_WITHIN:]:
        raise Refused.of("file_damaged", FIELD, text=name)
    if media_type == DOCX:
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                _measure_document(name, archive)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
                ValueError) as error:  # fmt: skip
            raise Refused.of("file_damaged", FIELD, text=name) from error


def _measure_document(name: str, archive: zipfile.ZipFile) -> None:
    """Measured by what it claims first, then unpacked once in pieces: `zipfile` stops at the claim."""
    members = archive.infolist()
    claimed = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or claimed > MAX_UNPACKED_BYTES:
        raise Refused.of("file_unpacks_too_large", FIELD, text=name, most=MAX_UNPACKED_BYTES // 1_000_000)
    names = {member.filename for member in members}
    if "[Content_Types].xml" not in names or not any(one.startswith("word/") for one in names):
        raise Refused.of("file_not_what_it_says", FIELD, text=name)
    macros = any("vbaproject" in one.lower() or "vbadata" in one.lower() for one in names)
    if macros or b"macroenabled" in archive.read("[Content_Types].xml").lower():
        raise Refused.of("file_has_macros", FIELD, text=name)
    for member in members:
        with archive.open(member) as part:
            while part.read(_PIECE_BYTES):
                pass
