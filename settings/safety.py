"""What production refuses to start with: values that would work, and would not be safe. Each refusal says why."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from settings.embedded import Embedded
from settings.embedded_postgres import SUPERUSER
from settings.env import SettingRefused
from settings.paths import BASE_DIR

MINIMUM_SECRET_LENGTH, MINIMUM_SECRET_LETTERS = 50, 10
MINIMUM_TOKEN_LENGTH, MINIMUM_PASSPHRASE_LENGTH = 24, 16
NOT_RANDOM = ("django-insecure-", "for-tests-only-")
# In settings/test.py, for everybody to read.
PUBLIC_KEYS = frozenset({"dGVzdHMtb25seS1uZXZlci11c2UtZWxzZXdoZXJlLSE="})
ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def check_secret_key(value: str, data_dir: Path, *, name: str = "SECRET_KEY") -> str:
    """Raises: SettingRefused, also for the key of a trial."""
    if len(value) < MINIMUM_SECRET_LENGTH:
        raise SettingRefused(name, f"太短，至少 {MINIMUM_SECRET_LENGTH} 个字符")
    if len(set(value)) < MINIMUM_SECRET_LETTERS or value.startswith(NOT_RANDOM):
        raise SettingRefused(name, "不是随机生成的")
    if value in _trial_secrets(data_dir, "secret.key"):
        raise SettingRefused(name, "是试用环境的密钥，请另外生成一个")
    return value


def check_encryption_keys(keys: list[str], data_dir: Path) -> list[str]:
    """Raises: SettingRefused where a key of tests or trials would seal; behind others it may open what it sealed."""
    if keys[0] in PUBLIC_KEYS | _trial_secrets(data_dir, "encryption.key"):
        raise SettingRefused("ICP_ENCRYPTION_KEYS", "第一个是测试或试用环境的密钥，请另外生成一个放在最前面")
    return keys


def _trial_secrets(data_dir: Path, name: str) -> set[str]:
    """Secrets that `./run` made and left in a data folder: they were never kept as production's are."""
    files = {BASE_DIR / "var" / name, data_dir / name}
    return {path.read_text(encoding="utf-8").strip() for path in files if path.is_file()}


def check_hosts(hosts: list[str]) -> list[str]:
    """Raises: SettingRefused for a wildcard, or what is no host name."""
    for host in hosts:
        if "*" in host or host.startswith("."):
            raise SettingRefused("ALLOWED_HOSTS", f"必须写明主机名，{host!r} 会放行别的主机")
        if "/" in host or ":" in host.strip("[]").replace("::", ""):
            raise SettingRefused("ALLOWED_HOSTS", f"只写主机名，不带协议、端口和路径：{host!r}")
    return hosts


def check_origins(origins: list[str]) -> list[str]:
    """Raises: SettingRefused for what is not https, or a wildcard."""
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname:
            raise SettingRefused("CSRF_TRUSTED_ORIGINS", f"必须以 https:// 开头，不能是 {origin!r}")
        if "*" in origin or parts.path not in ("", "/"):
            raise SettingRefused("CSRF_TRUSTED_ORIGINS", f"只写协议和主机名，不带 * 和路径：{origin!r}")
    return [origin.rstrip("/") for origin in origins]


def check_database(facts: dict[str, Any], data_dir: Path, private_hosts: list[str]) -> dict[str, Any]:
    """Raises: SettingRefused for the embedded server, the superuser, and an open way to another machine."""
    name, host = "DATABASE_URL", str(facts["HOST"])
    if host == str(Embedded(data_dir).socket_dir):
        raise SettingRefused(name, "指向 ./run 自带的 PostgreSQL，它只供试用和测试")
    if facts["USER"] == SUPERUSER:
        raise SettingRefused(name, f"不能用数据库超级用户 {SUPERUSER}，请建一个只属于本系统的用户")
    if _is_on_this_machine(host):
        return facts
    if not facts["PASSWORD"] and "passfile" not in facts["OPTIONS"] and "sslcert" not in facts["OPTIONS"]:
        raise SettingRefused(name, "数据库在别的机器上，没有写密码")
    if host not in private_hosts and facts["OPTIONS"].get("sslmode") not in ENCRYPTED:
        raise SettingRefused(
            name,
            f"数据库在别的机器（{host}）上，个人信息会明文经过网络：请加 ?sslmode=verify-full（或 require）。"
            "只有两边在同一个封闭网络（如同一台机器的容器网络）里，才可以把主机名写进 ICP_PRIVATE_HOSTS",
        )
    return facts


def check_redis(url: str, data_dir: Path, private_hosts: list[str]) -> str:
    """Raises: SettingRefused for the embedded server, and for an open way to another machine."""
    name, parts = "REDIS_URL", urlsplit(url)
    if parts.scheme == "unix":
        if Path(unquote(parts.path)).parent == Embedded(data_dir).socket_dir:
            raise SettingRefused(name, "指向 ./run 自带的 Redis，它只供试用和测试")
        return url
    host = parts.hostname or ""
    if _is_on_this_machine(host):
        return url
    if not parts.password:
        raise SettingRefused(name, "Redis 在别的机器上，没有写密码：谁都能往任务队列里写")
    if host not in private_hosts and parts.scheme != "rediss":
        raise SettingRefused(
            name,
            f"Redis 在别的机器（{host}）上：请用 rediss://。封闭网络里的主机名可以写进 ICP_PRIVATE_HOSTS",
        )
    return url


def _is_on_this_machine(host: str) -> bool:
    return not host or host.startswith("/") or host in LOOPBACK


def private_folder(path: Path) -> Path:
    """Make the data folder where it is missing, closed to others. Raises: SettingRefused where others may read it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise SettingRefused("ICP_DATA_DIR", f"不能使用目录 {path}（{error.strerror}）") from error
    if mode & stat.S_IRWXO:
        raise SettingRefused(
            "ICP_DATA_DIR", f"目录 {path} 其他用户也能进入，里面有证件图片：请 chmod o= {path}"
        )
    return path


def check_token(name: str, value: str, minimum: int) -> None:
    """An optional secret: empty, or long enough. Raises: SettingRefused."""
    if value and len(value) < minimum:
        raise SettingRefused(name, f"太短，至少 {minimum} 个字符")
