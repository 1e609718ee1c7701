"""`./run`: starts everything for a trial, watches it, stops it. `./run --stop` stops what a start left."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands
from django.db import OperationalError, connections

from settings.embedded import EmbeddedServerFault, ensure_servers, missing_servers, stop_servers
from settings.env import env_int
from settings.parts import (
    HOST,
    PartEnded,
    Running,
    beat_part,
    free_port,
    part_environment,
    port_is_free,
    simulator_part,
    start_part,
    web_part,
    worker_part,
)
from settings.paths import BASE_DIR, data_dir
from settings.prepare import code_state, migrate_and_load, read_mark, write_mark
from settings.processes import end_processes, say
from settings.runrecord import RunRecord, forget_record, read_record, take_run_lock

SIMULATOR_PORT = 8100
READY_PATIENCE_S = 30.0
STOP_PATIENCE_S = 15.0
HEAL_EVERY_S = 5.0


class CannotRun(Exception):
    """The start is refused; the text says why and what to do."""


def main(arguments: list[str]) -> int:
    """Exit code 0 where all was stopped as asked, 1 where something was wrong, 2 for wrong usage."""
    parser = argparse.ArgumentParser(
        prog="./run", description="启动试用环境；按 Ctrl-C 停止。PORT=端口 可换网页端口。"
    )
    parser.add_argument("--stop", action="store_true", help="停止上一次启动留下的全部进程")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.dev")
    folder = data_dir()
    os.environ["ICP_DATA_DIR"] = str(folder)  # the settings of this process and of every part read it
    try:
        if options.stop:
            return stop(folder)
        return Launcher(folder, env_int("PORT", 8000, minimum=1, maximum=65_535)).run()
    except (CannotRun, EmbeddedServerFault, ImproperlyConfigured, PartEnded) as error:
        say(f"./run：{error}")
        return 1


def stop(folder: Path) -> int:
    """Stop a run that lives, what a killed one left, and the embedded servers of the data folder."""
    record = read_record(folder)
    ended = 0
    if record is not None:
        launcher = record.launcher.find()
        if launcher is not None:
            end_processes([launcher], patience_s=2 * STOP_PATIENCE_S)
            ended += 1
        ended += record.end_processes(patience_s=STOP_PATIENCE_S)
        forget_record(folder)
    if stop_servers(folder) or ended:
        say(f"已停止（{folder}）。")
    else:
        say(f"没有正在运行的进程（{folder}）。")
    return 0


class Launcher:
    """One run: takes the lock of the data folder, starts the parts, watches them, stops them."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.record = RunRecord.of_this_process(f"http://{HOST}:{port}/")
        self.running: list[Running] = []

    def run(self) -> int:
        """Raises: CannotRun, PartEnded, EmbeddedServerFault, after all that was started is stopped."""
        lock = take_run_lock(self.folder)
        if lock is None:
            other = read_record(self.folder)
            raise CannotRun(f"已经在运行{f'：{other.address}' if other else ''}（停止：./run --stop）")
        with lock:
            self._clear_leftovers()
            if not port_is_free(self.port):
                raise CannotRun(
                    f"端口 {self.port} 已被其他程序占用（port {self.port} is in use）。"
                    f"请换一个端口，例如：PORT={free_port(self.port + 1)} ./run"
                )
            self.record.write(self.folder)
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, _ask_to_stop)
            if (
                signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
            ):  # nohup wants the run to outlive its terminal
                signal.signal(signal.SIGHUP, _ask_to_stop)
            try:
                self._start()
                self._watch()
            except KeyboardInterrupt:
                say("正在停止…")
                return 0
            finally:
                self._shut_down()

    def _clear_leftovers(self) -> None:
        """End what a killed run left. The lock is ours, so its launcher is dead; its servers become ours."""
        former = read_record(self.folder)
        if former is None:
            return
        if former.end_processes(patience_s=STOP_PATIENCE_S):
            say("已清理上一次非正常退出留下的进程。")
        self.record.servers = former.servers

    def _start(self) -> None:
        began = time.monotonic()
        self._start_servers()
        fresh = self._prepare_database()
        simulator_url = self._prepare_demo(fresh)
        if simulator_url:
            port = int(simulator_url.rpartition(":")[2])
            self.running.append(
                start_part(simulator_part(port, self.folder / "simulator.json"), *self._whose)
            )
        for part in (web_part(self.port), worker_part(), beat_part(self.folder)):
            self.running.append(start_part(part, *self._whose))
        for running in self.running:
            running.wait_ready(READY_PATIENCE_S)
        self._greet(simulator_url, time.monotonic() - began)

    @property
    def _whose(self) -> tuple[Path, str]:
        return self.folder, self.record.run

    def _start_servers(self) -> None:
        # Written down before they start: a Ctrl-C in between must not leave them behind.
        missing = missing_servers(self.folder)
        if missing:
            self.record.servers = sorted({*self.record.servers, *missing})
            self.record.write(self.folder)
            for name in ensure_servers(self.folder):
                say(f"已启动 {name}。")

    def _prepare_database(self) -> bool:
        """Migrate and load the code tables. Shape: whether the embedded database was empty before."""
        embedded = not os.environ.get("DATABASE_URL", "").strip()
        fresh = embedded and not read_mark(self.folder)
        try:
            migrate_and_load()
        except OperationalError as error:
            raise CannotRun(f"数据库连接失败：{error}") from error
        finally:
            connections.close_all()
        if embedded:
            write_mark(self.folder, code_state(BASE_DIR))
        return fresh

    def _prepare_demo(self, fresh: bool) -> str:
        """Load the demo data once, and again where the simulator had to move to another port.

        Shape: the address for the simulator, or an empty text where this checkout has none.
        """
        if not (BASE_DIR / "simulator" / "__main__.py").is_file():
            return ""
        note = self.folder / "demo.json"
        former = (
            ""
            if fresh or not note.is_file()
            else str(json.loads(note.read_text(encoding="utf-8"))["bureau_url"])
        )
        wanted = int(former.rpartition(":")[2]) if former else SIMULATOR_PORT
        url = f"http://{HOST}:{free_port(wanted)}"
        if "load_demo" not in get_commands() or url == former:
            return url
        if os.environ.get("DATABASE_URL", "").strip():
            say("设置了 DATABASE_URL：不自动载入演示数据（需要时：manage.py load_demo）。")
            return url
        say("正在载入演示数据…")
        command = [sys.executable, str(BASE_DIR / "manage.py"), "load_demo", "--bureau-url", url]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=part_environment(*self._whose), stdin=subprocess.DEVNULL
        )
        if done.returncode != 0:
            raise CannotRun(f"演示数据载入失败（返回码 {done.returncode}）")
        note.write_text(json.dumps({"bureau_url": url}), encoding="utf-8")
        return url

    def _greet(self, simulator_url: str, took_s: float) -> None:
        logins = self.folder / "demo-logins.txt"
        lines = ["", f"备案系统已就绪（{took_s:.0f} 秒）：{self.record.address}"]
        if logins.is_file():
            lines += [
                "演示账号：",
                *(f"  {line}" for line in logins.read_text(encoding="utf-8").splitlines()),
            ]
        if simulator_url:
            lines.append(f"管局模拟器：{simulator_url}")
        lines += [f"数据与日志：{self.folder}（日志在 log/）", "按 Ctrl-C 停止。", ""]
        print("\n".join(lines), flush=True)

    def _watch(self) -> NoReturn:
        """Look after the parts until somebody asks to stop.

        Raises: PartEnded where a part ended by itself. An embedded server that was killed is started again:
        its data is safe, and the parts connect anew.
        """
        heal_at = time.monotonic() + HEAL_EVERY_S
        while True:
            time.sleep(0.3)
            for running in self.running:
                running.check()
            if time.monotonic() >= heal_at:
                self._start_servers()
                heal_at = time.monotonic() + HEAL_EVERY_S

    def _shut_down(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        for running in reversed(self.running):
            if running.process.poll() is None:
                running.process.terminate()
        deadline = time.monotonic() + STOP_PATIENCE_S
        while any(running.process.poll() is None for running in self.running) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.record.end_processes(patience_s=3)
        stop_servers(self.folder, self.record.servers)
        forget_record(self.folder)
        say("已全部停止。")


def _ask_to_stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
