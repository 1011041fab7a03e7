# SPDX-License-Identifier: Apache-2.0
"""tools/weights: what it keeps, what it refuses, what it says. npm is a small script here."""
import hashlib
import io
import os
import subprocess
import tarfile

import pytest

from conftest import TOP

FILE = b"weights of a small network"


def package(content=FILE):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        entry = tarfile.TarInfo("package/dist/net.onnx")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def bring(tmp_path, tgz, npm="exec cp \"$TGZ\" pkg-1.0.0.tgz", package_sum=None, file_sum=None, args=()):
    """Runs tools/weights with a list of one row; (exit code, what it said, the file kept or None)."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "pkg.tgz").write_bytes(tgz)
    (tmp_path / "bin/npm").write_text("#!/bin/sh\n" + npm + "\n")
    (tmp_path / "bin/npm").chmod(0o755)
    (tmp_path / "list.txt").write_text(" ".join((
        "net.onnx pkg 1.0.0", package_sum or hashlib.sha256(tgz).hexdigest(), "dist/net.onnx",
        file_sum or hashlib.sha256(FILE).hexdigest(), "silero.txt a test's network")) + "\n")
    p = subprocess.run(["tools/weights", *args, "--list", str(tmp_path / "list.txt"), str(tmp_path / "models")],
                       cwd=TOP, capture_output=True, text=True, timeout=60, check=False,
                       env={**os.environ, "TGZ": str(tmp_path / "pkg.tgz"), "PATH": f"{tmp_path}/bin:/usr/bin:/bin"})
    kept = tmp_path / "models/net.onnx"
    return p.returncode, p.stdout + p.stderr, kept.read_bytes() if kept.exists() else None


def test_kept_with_its_licence_and_not_fetched_again(tmp_path):
    code, said, kept = bring(tmp_path, package())
    assert (code, kept) == (0, FILE), said
    assert "MIT License" in (tmp_path / "models/net.onnx.licence.txt").read_text()
    assert bring(tmp_path, package(), npm="exit 1")[0] == 0


@pytest.mark.parametrize("change, words", [
    ({"package_sum": "0" * 64}, "not the package that is meant"),
    ({"file_sum": "0" * 64}, "not the file that is meant"),
    ({"npm": "exit 1"}, "cannot be fetched"),
    ({"npm": "exit 0"}, "not the package that is meant"),
    ({"args": ["--check"]}, "it was not fetched"),
])
def test_refused_and_told(tmp_path, change, words):
    code, said, kept = bring(tmp_path, package(), **change)
    assert (code, kept) == (3, None), said
    assert words in said and "a test's network" in said
    assert not list(tmp_path.glob("models/*"))


def test_a_damaged_file_is_fetched_again(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/net.onnx").write_bytes(FILE[:-1])
    assert bring(tmp_path, package())[2] == FILE
