"""Archives, unpacked beside their place and put there whole; names are looked at before."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from dissection.errors import BadInputError, DissectionError
from dissection.runtime.files import reason
from dissection.runtime.progress import Meter, Report
from dissection.runtime.reading import told_size

_PIECE = 1 << 20


def unpack(archive: Path, folder: Path, report: Report | None = None) -> tuple[int, int]:
    """Unpack a ZIP into a folder that is not there yet; one folder around everything is left out.

    Returns:
        Files and their bytes.

    Raises:
        BadInputError: it is no ZIP, damaged, or holds a name that leads elsewhere, a link, or
            something encrypted.
        DissectionError: there is no room, or the disk says no.
        Stopped: the report asked for it; nothing is left.
    """
    aside = folder.with_name(f".{folder.name}.unpacking")
    try:
        shutil.rmtree(aside, ignore_errors=True)  # what a kill left
        with zipfile.ZipFile(archive) as held:
            members = _members(held, archive)
            total = sum(info.file_size for _, info in members)
            free = shutil.disk_usage(folder.parent).free
            if total > free:
                raise DissectionError(
                    f"{archive.name} unpacks to {told_size(total)} and {folder.parent} has room "
                    f"for {told_size(free)}; free some space and fetch again."
                )
            aside.mkdir()
            meter = Meter(report, f"unpacking {archive.name}", total)
            for path, info in members:
                target = aside.joinpath(*path.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with held.open(info) as source, target.open("xb") as stream:
                    while piece := source.read(_PIECE):
                        stream.write(piece)
                        meter.step(len(piece))
        aside.replace(folder)
        return len(members), total
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInputError(
            f"{archive} cannot be unpacked: it is damaged or no ZIP ({error}); fetch it again."
        ) from error
    except OSError as error:
        raise DissectionError(f"{archive} cannot be unpacked: {reason(error)}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _members(held: zipfile.ZipFile, archive: Path) -> list[tuple[PurePosixPath, zipfile.ZipInfo]]:
    """Files in an archive by safe relative paths, without a folder that is around all of them."""
    found = []
    for info in held.infolist():
        name = info.filename
        path = PurePosixPath(name)
        mode = info.external_attr >> 16
        if (
            path.is_absolute()
            or ".." in path.parts
            or "\\" in name
            or ":" in name
            or not name.isprintable()
            or stat.S_ISLNK(mode)
        ):
            raise BadInputError(
                f"{archive} holds {name}, which leads out of its folder; it is not unpacked."
            )
        if info.flag_bits & 1:
            raise BadInputError(f"{archive} is encrypted; it is not unpacked.")
        if not info.is_dir():
            found.append((path, info))
    if not found:
        raise BadInputError(f"{archive} holds no files.")
    tops = {path.parts[0] for path, _ in found}
    if len(tops) == 1 and all(len(path.parts) > 1 for path, _ in found):
        found = [(PurePosixPath(*path.parts[1:]), info) for path, info in found]
    if len({path for path, _ in found}) < len(found):
        raise BadInputError(f"{archive} holds a file twice; it is not unpacked.")
    return found
