import stat
import subprocess
import sys

from cryptography import x509
from django.core.management import call_command

from portal.documents import pki as authority


def test_making_the_pki_twice_keeps_the_first(tmp_path):
    directory = tmp_path / "pki"
    assert authority.make_pki(directory)
    before = {file.name: file.read_bytes() for file in directory.iterdir()}
    assert not authority.make_pki(directory)
    assert {file.name: file.read_bytes() for file in directory.iterdir()} == before


def test_every_file_of_the_pki_is_private(pki):
    assert stat.S_IMODE(pki.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in pki.iterdir()} == {0o600}


def test_the_chain_leads_from_the_seal_to_the_root(pki):
    root, issuing, seal = (
        x509.load_pem_x509_certificate((pki / f"{name}.pem").read_bytes())
        for name in (authority.ROOT, authority.ISSUING, authority.SEAL)
    )
    root.verify_directly_issued_by(root)
    issuing.verify_directly_issued_by(root)
    seal.verify_directly_issued_by(issuing)
    assert seal.public_key().key_size == 3072
    assert not seal.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_two_processes_making_the_pki_at_once_agree(tmp_path):
    program = (
        "import sys; from pathlib import Path; from portal.documents.pki import make_pki;"
        "print(make_pki(Path(sys.argv[1])))"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path / "pki"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert sorted(run.communicate()[0].strip() for run in runs) == ["False", "True"]


def test_the_command_makes_it_where_the_settings_say(settings, tmp_path, capsys):
    settings.PKI_DIR = tmp_path / "pki"
    call_command("make_pki", organisation="شهرداری خوی")
    call_command("make_pki")
    assert "created" in capsys.readouterr().out
    seal = x509.load_pem_x509_certificate((tmp_path / "pki" / "seal.pem").read_bytes())
    assert "خوی" in seal.subject.rfc4514_string()
