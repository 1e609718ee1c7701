# Read by ./run and ./test: finds a Python, makes .venv or refreshes it where requirements.txt changed.
# The caller sets $home, the folder of the checkout.

usable_python() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local name
    for name in ${PYTHON:+"$PYTHON"} python3 python3.11 python3.12 python3.13 python3.14 python; do
        if command -v "$name" >/dev/null 2>&1 && usable_python "$name"; then
            command -v "$name"
            return 0
        fi
    done
    echo "需要 Python 3.11 或更高版本（含 venv 模块），没有找到。Python 3.11+ with the module venv was not found." >&2
    echo "Debian/Ubuntu: apt-get install python3 python3-venv；或用 PYTHON=/路径/python3.11 指明。" >&2
    return 1
}

# A path that the caller wrote counts from where the caller stands.
if [ -n "${ICP_DATA_DIR:-}" ] && [ "${ICP_DATA_DIR#/}" = "$ICP_DATA_DIR" ]; then
    export ICP_DATA_DIR="$PWD/$ICP_DATA_DIR"
fi
if [ -n "${ICP_XSD_DIR:-}" ] && [ "${ICP_XSD_DIR#/}" = "$ICP_XSD_DIR" ]; then
    export ICP_XSD_DIR="$PWD/$ICP_XSD_DIR"
fi
cd "$home"

python="$home/.venv/bin/python"
if ! { [ -x "$python" ] && usable_python "$python"; }; then
    python=$(find_python) || exit 1
fi
# -I: neither the caller's PYTHONPATH nor the folder settings/ (which has a celery.py) gets in the way of the standard library.
"$python" -I "$home/settings/virtualenv.py" || exit 1
