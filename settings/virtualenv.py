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
STAMP = VENV / "installed-requirements.sha256"


def main() -> int:
    """Exit code 0 where .venv fits requirements.txt, 1 where it could not be made."""
    with REQUIREMENTS.open("rb") as file:
        # Two starts at once: the second waits and then finds everything done. The kernel frees a killed
        # one's lock.
        fcntl.flock(file, fcntl.LOCK_EX)
        # The path counts too: a copied or moved checkout holds programs that name the old place.
        wanted = hashlib.sha256(file.read() + str(HOME).encode()).hexdigest()
        if STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted and _works():
            return 0
        try:
            _install()
        except subprocess.CalledProcessError as error:
            print(
                f"依赖安装失败（返回码 {error.returncode}）：{' '.join(map(str, error.cmd))}", file=sys.stderr
            )
            print("请检查网络和 pip 的软件源设置，然后重试；已装好的部分不会重复下载。", file=sys.stderr)
            return 1
        STAMP.write_text(wanted, encoding="ascii")
    return 0


def _works() -> bool:
    return subprocess.run([VENV / "bin" / "python", "-c", "pass"], check=False).returncode == 0


def _install() -> None:
    print("正在安装 requirements.txt 中的依赖（第一次约需一分钟）…", file=sys.stderr, flush=True)
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if not inside:
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    command = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    subprocess.run(
        [*command, "install", "--quiet", "--quiet", "--requirement", str(REQUIREMENTS)], check=True
    )


if __name__ == "__main__":
    sys.exit(main())
