"""Make .venv, or refresh it where requirements.txt changed. Run by ./run and ./test with any Python 3.11+.

Only the standard library is used here: nothing is installed yet.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
VENV = HOME / ".venv"
REQUIREMENTS = HOME / "requirements.txt"
STAMP = VENV / "made-from"


def main() -> int:
    """Exit code 0 where .venv fits requirements.txt, 1 where it could not be made."""
    with REQUIREMENTS.open("rb") as file:
        # Two starts at once: the second waits and then finds everything done. The kernel frees a killed one's lock.
        fcntl.flock(file, fcntl.LOCK_EX)
        wanted = [str(HOME), hashlib.sha256(file.read()).hexdigest()]
        made = STAMP.read_text(encoding="utf-8").splitlines() if STAMP.is_file() else []
        if made == wanted and _runs_in_venv():
            return 0
        try:
            # A copied or moved checkout has programs that name the old place: begin anew.
            _install(anew=not _runs_in_venv() or made[:1] != wanted[:1])
        except subprocess.CalledProcessError as error:
            print(f"依赖安装失败（返回码 {error.returncode}）：{' '.join(error.cmd)}", file=sys.stderr)
            print("请检查网络和 pip 的软件源设置，然后重试。", file=sys.stderr)
            return 1
        STAMP.write_text("\n".join(wanted), encoding="utf-8")
    return 0


def _runs_in_venv() -> bool:
    """Whether this Python is that of .venv: setup.sh chose it, so it works."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def _install(*, anew: bool) -> None:
    print("正在安装 requirements.txt 中的依赖（第一次约需一分钟）…", file=sys.stderr, flush=True)
    if anew:
        if VENV.is_symlink():
            # `--clear` would empty what it points at, which others may be running from.
            raise SystemExit(f"{VENV} 是指向别处的链接，不在其中重建。先删除这个链接，再运行一次。")
        base = getattr(sys, "_base_executable", sys.executable)  # the Python that a venv was made with
        subprocess.run([base, "-m", "venv", "--clear", str(VENV)], check=True)
    command = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    subprocess.run(
        [*command, "install", "--quiet", "--quiet", "--require-hashes", "--requirement", str(REQUIREMENTS)],
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
