"""`up`: start the whole product in order, say when it is ready, keep it running, stop it in order."""

import hashlib
import os
import socket
from collections.abc import Callable, Sequence

from happ_project.supervisor import assets, environment, listening, places, roles, servers
from happ_project.supervisor.child import Child
from happ_project.supervisor.console import Console
from happ_project.supervisor.family import Family, Stopped
from happ_project.supervisor.forks import Forks
from happ_project.supervisor.health import Health
from happ_project.supervisor.problems import Problem

DEMO_EMAIL = "demo@happ.example"
DEMO_PAGE = "/demo/shop/"
SET_UP = "set-up"  # the name of the one-off commands in the log
GRACE = 10.0  # seconds the processes get to finish what they are doing


def run() -> int:
    """Run the product until somebody stops it; returns the exit code."""
    os.environ.update(environment.read())
    where = places.prepare(places.default_data())
    held = places.lock(where.data)
    opened = listening.at(listening.host(os.environ), environment.port(os.environ))
    try:
        return Product(where, opened).run()
    finally:
        opened.close()
        places.tidy(where)
        os.close(held)


class Product:
    """One run of the whole product."""

    def __init__(self, where: places.Places, opened: socket.socket) -> None:
        self.data = where.data
        self.listening = opened
        self.table = roles.table(data=str(where.data), web_fd=opened.fileno())
        self.servers = servers.needed(where, os.environ)
        self.keys = places.secrets_for(where.data)
        self.environment = environment.for_processes(
            os.environ,
            data=where.data,
            keys=self.keys,
            addresses={variable: server.url for variable, server in self.servers.items()},
            roles=self.table,
        )
        names = [
            *(server.name for server in self.servers.values()),
            "zygote",
            SET_UP,
            *(role.name for role in self.table),
        ]
        self.console = Console(names)
        self.family = Family(self.console, where.data / "processes.json")
        self.forks = Forks(self.family, self.environment)
        self.server_children: list[Child] = []
        self.role_children: dict[str, Child] = {}

    def run(self) -> int:
        """Start, serve, stop."""
        try:
            self._start()
            self.family.until(lambda: False)
        except Stopped:
            self.console.say("stopping; another Ctrl-C ends everything at once")
        finally:
            self._stop()
        return 0

    def _start(self) -> None:
        for server in self.servers.values():
            self._start_server(server)
        self.console.say("loading the application")
        self._start_and_wait(self.forks.child, lambda: self.forks.ready, "loading the application")
        if "REDIS_URL" not in self.servers:
            self._command("looking at the given Redis", ["check_redis"])
        self._command("bringing the database up to date", ["migrate", "--noinput", "--verbosity", "1"])
        self._command("looking through the event log", ["settle_events"])
        if self.environment.get("HAPP_ENV") == "production":
            self._lay_out_assets()
        else:
            self._make_demo()
        self._start_roles()
        health = Health(listening.reached_at(self.listening), environment.host_name(self.environment))
        self.family.until(health.ready, waiting_for=lambda: f"waiting for {', '.join(health.missing)}")
        self._say_ready()

    # --- steps --------------------------------------------------------------------------------------------------------

    def _start_server(self, server: servers.Server) -> None:
        directory = self.data / server.name
        new = not directory.is_dir() or not any(directory.iterdir())
        self.console.say(f"{'creating' if new else 'starting'} {server.name} in {directory}")
        server.prepare()  # a data directory that cannot be used is a reason not to start at all

        def launch(output: int) -> int:
            server.prepare()
            process = servers.launch(server, output)
            process.returncode = 0  # the family reaps, not this object
            return process.pid

        child = Child(server.name, launch, stop_signal=server.stop_signal, noise=server.noise)
        self.server_children.append(child)
        self._start_and_wait(child, lambda: server.ready(child.pid or 0), f"waiting for {server.name}", server.explain)
        server.complete()

    def _start_and_wait(
        self,
        child: Child,
        ready: Callable[[], bool],
        waiting_for: str,
        explain: Callable[[str], str] = "The application cannot be loaded; correct the settings or the code: {}".format,
    ) -> None:
        """Start what must come up at the first attempt; later it may fall and is started again."""
        child.keep = False
        self.family.start(child)
        self.family.until(lambda: child.pid is None or ready(), waiting_for=lambda: waiting_for)
        if child.pid is None:
            self.family.drain(child)
            raise Problem(explain(child.last_words()))
        child.keep = True

    def _command(self, title: str, arguments: Sequence[str]) -> None:
        """Run one management command to its end."""
        self.console.say(title)
        child = self.forks.child_for(SET_UP, "manage", arguments, keep=False)
        self.family.start(child)
        self.family.until(lambda: child.exit_code is not None, waiting_for=lambda: title)
        self.family.drain(child)
        self.family.children.remove(child)
        if child.exit_code:
            raise Problem(f"{title.capitalize()} failed: {child.last_words()}")

    def _lay_out_assets(self) -> None:
        """In development they are served from where they lie; compressing them takes a while."""
        stamp = assets.Stamp(self.data)
        if not stamp.is_current():
            self._command("laying out the assets", ["collectstatic", "--noinput", "--verbosity", "0"])
            stamp.write()

    def _make_demo(self) -> None:
        """Once, and again when another password is wanted: what is printed is what lets in."""
        stamp, wanted = self.data / "demo.stamp", self._demo_password_mark()
        if not stamp.exists() or stamp.read_text() != wanted:
            self._command("making the demo company", ["seed_demo"])
            stamp.write_text(wanted)

    def _demo_password_mark(self) -> str:
        return hashlib.sha256(self.environment["HAPP_DEMO_PASSWORD"].encode()).hexdigest()

    def _start_roles(self) -> None:
        self.console.say(f"starting {', '.join(role.name for role in self.table)}")
        for role in self.table:
            child = self.forks.child_for(
                role.name,
                role.program,
                role.arguments,
                stop_signal=role.stop_signal,
                niceness=role.niceness,
                descriptors=[self.listening.fileno()] if role.name == "web" else [],
            )
            self.role_children[role.name] = child
            self.family.start(child)

    # --- ready --------------------------------------------------------------------------------------------------------

    def _has_demo(self) -> bool:
        return self.environment.get("HAPP_ENV") != "production" and (self.data / "demo.stamp").exists()

    def _say_ready(self) -> None:
        address = listening.url(self.listening)
        lines = [f"Happ is ready:  {address}"]
        if self._has_demo():
            lines += [
                f"Demo sign-in:   {DEMO_EMAIL}  with the password  {self.environment['HAPP_DEMO_PASSWORD']}",
                f"Demo shop with the chat widget:  {address}{DEMO_PAGE}",
            ]
        self.console.banner([*lines, "Ctrl-C stops everything."])

    # --- the end ------------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        for stage in sorted({role.stage for role in self.table}):
            names = [role.name for role in self.table if role.stage == stage]
            self.family.stop([self.role_children[name] for name in names if name in self.role_children], grace=GRACE)
        apart = [*self.server_children, self.forks.child]
        self.family.stop([child for child in self.family.children if child not in apart], grace=GRACE)
        self.family.stop([self.forks.child], grace=2)
        self.family.stop(reversed(self.server_children), grace=30, patience=3)
        self.family.sweep()
        self.console.say("stopped")
