"""Does the product do the right thing with what people bring? One assertion for each sentence.

    python benchmarks/cases.py FOLDER [CASE ...]

FOLDER holds a folder for each case, with a command in ``cmd.sh`` and what is right in
``expected.txt``; the cases' inputs are not part of this repository. The command runs as it is, with
``dissection`` and ``python`` of this environment on its path; what it says is compared. A case
without an assertion here counts as failed. Ends with 1 if any assertion fails.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Assertion = Callable[["Case"], bool]


@dataclass
class Case:
    """One case: its folder, and what its command says."""

    folder: Path
    path: str
    _said: dict[str, str] = field(default_factory=dict)

    @property
    def output(self) -> str:
        """What ``cmd.sh`` says, on both streams."""
        return self.run("sh", str(self.folder / "cmd.sh"))

    def section(self, name: str) -> str:
        """The part of the output behind ``== name``."""
        parts = re.split(r"^== (.*)$", self.output, flags=re.M)
        return dict(zip(parts[1::2], parts[2::2], strict=True)).get(name, "")

    def run(self, *command: str) -> str:
        """What a command says in the case's folder; each is run once."""
        key = "\0".join(command)
        if key not in self._said:
            with tempfile.TemporaryDirectory() as scratch:
                environment = {
                    **os.environ,
                    "PATH": f"{self.path}:{os.environ['PATH']}",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "PYTHONWARNINGS": "ignore",
                    "T": scratch,
                }
                done = subprocess.run(
                    command,
                    cwd=self.folder,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
                said = done.stdout
                self._said[key] = said.decode("utf-8", "replace") + f"\nexit {done.returncode}\n"
        return self._said[key]

    def shell(self, text: str) -> str:
        """What a line of shell says in the case's folder, with a scratch folder in $T."""
        return self.run("sh", "-c", text)

    def python(self, text: str) -> str:
        """What a Python program says in the case's folder."""
        return self.run("python", "-c", text)


def works(text: str) -> bool:
    """Whether a command came to its end with a dissection."""
    return "The dissection is in" in text and is_calm(text)


def is_calm(text: str) -> bool:
    """No traceback, and no sentence of refusal."""
    return "Traceback" not in text and not re.search(r"^dissection: ", text, re.M)


def refused(text: str, pattern: str) -> bool:
    """Whether it says so, in one sentence and without a traceback."""
    lines = [line for line in text.splitlines() if line.startswith("dissection: ")]
    return "Traceback" not in text and any(re.search(pattern, line) for line in lines)


def refuses(pattern: str) -> Assertion:
    """The case's command is refused in such a sentence."""
    return lambda case: refused(case.output, pattern)


def says(pattern: str) -> Assertion:
    """The case's command says something."""
    return lambda case: re.search(pattern, case.output) is not None


def shares(text: str) -> dict[str, float]:
    """Concepts and their areas in %, of ``summary --concepts``."""
    rows = re.findall(r"^(\S.*?)\s+(object|part|material|color|scene)\s+([\d.]+)%", text, re.M)
    return {f"{name} {category}": float(area) for name, category, area in rows}


def same_areas(case: Case) -> bool:
    """The first concepts of both folders, within a percentage point."""
    tables = [shares(part) for part in case.output.split("concept  ")[1:]]
    if len(tables) != 2 or not tables[0]:
        return False
    return all(abs(area - tables[1].get(name, 99)) < 1 for name, area in tables[0].items())


_SHAPE = """
import torch; from torchvision import models; from dissection.pipeline import dissect
torch.manual_seed(0); x = torch.rand(2, 3, 64, 64) * 2 - 1
m = dissect(models.{name}(weights=None), ['{layer}'], x, 'storybook'); print(m['{layer}'].shape)
"""
_PREPARED = """
from pathlib import Path; from tempfile import mkdtemp; from torchvision import models
from dissection.models.classifiers.torchvision_models import prepared_as
count = other = 0
for name in models.list_models(module=models):
    for entry in models.get_model_weights(name):
        path = Path(mkdtemp()) / Path(entry.url).name
        path.write_bytes(b'')
        made, wanted = prepared_as(name, path), entry.transforms()
        told = made.size, list(made.normalization.mean), list(made.normalization.std)
        other += told != (wanted.crop_size[0], wanted.mean, wanted.std)
        other += made.interpolation != wanted.interpolation.value
        count += 1
print(count, 'weights,', other, 'fed otherwise')
"""
_SCRIPTED = """
import torch, net; from dissection.pipeline import dissect
dissect(torch.jit.script(net.make()), ['conv1'], torch.rand(2, 3, 32, 32), 'storybook')
"""
_OLD_VIT = (
    "python make.py old && dissection dissect --model torchvision:vit_b_32 --weights $T/vit.pth "
    "--images photos --layers conv_proj --size 4 --progress none --out $T/out"
)
_WORKING = ("compiled", "twice", "reference", "model_state_dict", "lightning", "numpy")
_FOREIGN = {
    "akanimax": r"pro_gan_pytorch.*initial_block\.conv_1\.weight",
    "rosinality": "rosinality",
    "zoo": "pytorch_GAN_zoo",
}


def _drawn(*names: str) -> Assertion:
    return lambda case: all(
        "2 pictures of" in case.section(f"{n}.pth") and is_calm(case.section(f"{n}.pth"))
        for n in names
    )


def _measured(name: str, layer: str, units: int) -> Assertion:
    def ask(case: Case) -> bool:
        return f"({units}, " in case.python(_SHAPE.format(name=name, layer=layer))

    return ask


ASSERTIONS: dict[str, list[tuple[str, Assertion]]] = {
    "broden-bom": [("works as without the mark", lambda c: works(c.output))],
    "broden-scene-0": [("works: 0 is nothing", lambda c: works(c.output))],
    "channels-last-layer": [
        ("norm has 12 units", says(r"all +\d+ +\d+ +\d+ of 12")),
        ("and says so", lambda c: "units last" in c.output),
        ("swin_t features.1 has 96", lambda c: "measured (96, " in c.output),
        ("convnext_tiny likewise", _measured("convnext_tiny", "features.1.0.block.2", 96)),
    ],
    "checkpoint-wrappers": [
        *((f"{name} works", lambda c, n=name: works(c.section(n))) for name in _WORKING),
        ("parallel works", lambda c: works(c.section("a factory that gives DataParallel"))),
    ],
    "classes-in-train-and-val": [
        ("classes are cat and dog", lambda c: "('cat', 'dog')" in c.output),
    ],
    "densenet-older-names": [("works: norm.1 is norm1", lambda c: works(c.output))],
    "generator-of-0-to-255": [
        ("usual works", lambda c: works(c.section("usual"))),
        ("bytes: a sentence", lambda c: refused(c.section("bytes"), r"Pictures are of -1\.\.1")),
        ("unit: a word", lambda c: "goes below 0" in c.section("unit")),
        ("unit is measured", lambda c: works(c.section("unit"))),
    ],
    "generator-wrappers": [
        ("plain, half, wrapped, old work", _drawn("plain", "half", "wrapped", "old")),
        ("module, old_module work", _drawn("module", "old_module")),
        ("generator, g_running, G work", _drawn("generator", "running", "G")),
        *(
            (f"{n} is another program's", lambda c, n=n, p=p: refused(c.section(f"{n}.pth"), p))
            for n, p in _FOREIGN.items()
        ),
    ],
    "inputs-of-published-weights": [
        (f"{name} is fed -1 to 1", says(f"{name} first convolution is given -1.00 to 1.00"))
        for name in ("googlenet", "inception_v3")
    ]
    + [
        ("or an option, in the help", lambda c: all(
            option in c.shell("COLUMNS=200 dissection dissect --help")
            for option in ("--mean", "--std", "--resize", "--interpolation", "--crop")
        )),
        ("all weights as trained", lambda c: "weights, 0 fed otherwise" in c.python(_PREPARED)),
    ],
    "layer-used-twice": [
        ("does not depend on --memory", lambda c: c.output.endswith(
            "(no lines above: the figures are the same)\n\nexit 0\n"
        ) and not re.search(r"^[<>]|^diff", c.output, re.M)),
        ("all four work", lambda c: c.output.count("The dissection is in") == 4),
        ("the last use, and how many", lambda c: c.output.count("runs 3 times") == 4),
    ],
    "layer-with-two-names": [
        ("features.3 is measured", lambda c: "features.3  all" in c.output),
        ("says it is the same module", lambda c: "same module as features.1" in c.output),
        ("says it runs twice", lambda c: c.output.count("runs 2 times") == 2),
    ],
    "maps-more-than-pictures": [
        # The Python program behind the command ends in an exception, as it should.
        ("refused in one sentence", lambda c: refused(
            c.output.split("Traceback")[0], r"gives \d+ maps for \d+ pictures"
        )),
        ("regions of a detector, too", says(
            r"BadInputError: Layer 'roi_heads\.box_roi_pool' gives \d+ maps for 2 pictures"
        )),
        ("no broadcast error", lambda c: "broadcast" not in c.output),
    ],
    "maps-names-not-utf8": [("works", lambda c: works(c.output))],
    "netdissect-tally": [
        ("the file is named as what it is", refuses(r": tally\.csv is a table of NetDissect")),
        ("so is its folder", refuses(r"/r/tally\.csv is a table of NetDissect")),
    ],
    "photos-exif": [
        ("nearly the same areas", same_areas),
        ("and is said", lambda c: "were turned as their EXIF" in c.output),
    ],
    "photos-of-other-suffixes": [
        ("20 of other kinds are said", lambda c: "20 files of other kinds (.heic)" in c.output),
        ("both work, jfif is a JPEG", lambda c: c.output.count("The dissection is in") == 2),
    ],
    "torchscript": [
        ("weights name TorchScript", refuses(r"script\.pt .*it is TorchScript")),
        ("so does the network", refuses("'scripted:make' is TorchScript")),
        ("dissect() does, too", lambda c: "The network is TorchScript" in c.python(_SCRIPTED)),
    ],
    "torchvision-without-meta": [("works", lambda c: works(c.output))],
    "vit-top-level-parameter": [
        ("works", lambda c: works(c.output)),
        ("the older names, too", lambda c: works(c.shell(_OLD_VIT))),
    ],
}  # fmt: skip


@contextmanager
def _programs() -> Iterator[str]:
    """A folder with ``dissection`` and ``python`` of this environment."""
    with tempfile.TemporaryDirectory() as folder:
        for name, start in (("dissection", "-m dissection"), ("python", "")):
            program = Path(folder) / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {start} "$@"\n')
            program.chmod(0o755)
        yield folder


def main(arguments: list[str]) -> int:
    """Run the cases and print a table; 1 if any assertion fails."""
    if not arguments or not Path(arguments[0]).is_dir():
        print(__doc__)
        return 2
    root, chosen = Path(arguments[0]).resolve(), set(arguments[1:])
    folders = [f for f in sorted(root.iterdir()) if (f / "cmd.sh").is_file()]
    failed = count = 0
    with _programs() as path:
        for folder in folders:
            if chosen and folder.name not in chosen:
                continue
            case, start = Case(folder, path), time.perf_counter()
            for sentence, holds in ASSERTIONS.get(folder.name, [("no assertion", lambda _: False)]):
                good = holds(case)
                count, failed = count + 1, failed + (not good)
                print(f"{folder.name:30}{sentence:36}{'yes' if good else 'NO'}", flush=True)
                if not good:
                    print("    " + "\n    ".join(case.output.splitlines()[-12:]), flush=True)
            print(f"{folder.name:30}{time.perf_counter() - start:.0f} s", flush=True)
    print(f"{count - failed} of {count} assertions hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
