"""Anchor in a folder: best on another machine, or on a medium that can be written only once."""

from __future__ import annotations

import os
from pathlib import Path

from tandem.compliance.contracts.anchors import AnchorDocument
from tandem.core.errors import ProviderFailed


def keep(document: AnchorDocument, folder: Path) -> str:
    """Write the checkpoint as a new file that nobody may write to; returns its path.

    A file of this name with the same words is taken as kept. Raises ProviderFailed.
    """
    file = folder / document.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if file.exists():
            return _known(file, document)
        half = file.with_name(f".{file.name}.half")
        with half.open("wb") as stream:
            stream.write(document.body)
            stream.flush()
            os.fsync(stream.fileno())
        half.chmod(0o444)
        half.replace(file)
    except OSError as error:
        raise ProviderFailed(
            f"{folder} can't be written: {error.strerror}.",
            hint="Mend the folder's rights, or name another one.",
            code="anchor.file",
        ) from error
    return str(file)


def _known(file: Path, document: AnchorDocument) -> str:
    if file.read_bytes() != document.body:
        raise ProviderFailed(
            f"{file} is there already, with other words.", hint="Find out who wrote it.", code="anchor.file"
        )
    return str(file)
