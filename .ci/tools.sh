# Read by .ci/lock and .ci/audit: a virtual environment of their own under var/, made from .ci/requirements.txt. Sets $tools.
tools=$PWD/var/ci-tools/bin
if ! cmp -s .ci/requirements.txt var/ci-tools/made-from; then
    python=.venv/bin/python
    [ -x "$python" ] || python=python3
    rm -rf var/ci-tools
    mkdir -p var
    "$python" -m venv var/ci-tools
    "$tools/python" -m pip --disable-pip-version-check --no-input install --quiet --quiet --require-hashes --requirement .ci/requirements.txt
    cp .ci/requirements.txt var/ci-tools/made-from
fi
