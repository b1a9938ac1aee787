"""Terraform commands on a server in AWS's place, and what they cost."""

import functools
import glob
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cases import CALLER, DELAY_MS, PERMISSION_SETS, REGION, configuration

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_SECONDS = 1800


@dataclass
class Run:
    """One Terraform command."""

    wall_s: float
    provider_kib: int
    provider_cpu_s: float
    terraform_kib: int
    stats: dict

    @property
    def calls(self):
        return self.stats["calls"]


class Server:
    """AWS's place. It ends when its stdin closes."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def set(self, **values):
        query = "&".join(f"{name}={value}" for name, value in values.items())
        self._ask(f"set?{query}", data=b"")

    def stats(self):
        return json.loads(self._ask("stats"))

    def _ask(self, endpoint, data=None):
        # No proxy of the caller's.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/bench/{endpoint}", data=data, timeout=10) as answer:
            return answer.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Watch(threading.Thread):
    """Peak memory and processor time of the provider's processes. Terraform starts it several times for one command."""

    def __init__(self, pid, program):
        super().__init__(daemon=True)
        self.program = program
        self.pid, self.peaks, self.cpu, self.over = pid, {}, {}, threading.Event()
        self.own_peak = 0

    def run(self):
        ticks = os.sysconf("SC_CLK_TCK")
        while not self.over.wait(0.02):
            self.own_peak = max(self.own_peak, self._peak(self.pid))
            for path in glob.glob(f"/proc/{self.pid}/task/*/children"):
                for child in self._read(path).split():
                    if not self._is_provider(child):
                        continue
                    self.peaks[child] = max(self.peaks.get(child, 0), self._peak(child))
                    fields = self._read(f"/proc/{child}/stat").rpartition(")")[2].split()
                    if fields:
                        self.cpu[child] = (int(fields[11]) + int(fields[12])) / ticks

    def _is_provider(self, pid):
        """Before it becomes the provider, a child shows Terraform's own memory."""
        try:
            return os.path.samefile(f"/proc/{pid}/exe", self.program)
        except OSError:  # it has ended meanwhile
            return False

    @staticmethod
    def _read(path):
        try:
            return Path(path).read_text()
        except OSError:  # it has ended meanwhile
            return ""

    def _peak(self, pid):
        lines = self._read(f"/proc/{pid}/status").splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


class Workspace:
    """A configuration of grants, its state, and a provider."""

    def __init__(self, server, case, program):
        self.server, self.case, self.program = server, case, program
        self.temporary = tempfile.TemporaryDirectory(prefix="bench-")
        self.folder = Path(self.temporary.name)
        self.variables = {}
        mirror = self.folder / "mirror"
        name = program.name if case.by_aws else "terraform-provider-eks_v0.1.0"
        source = f"hashicorp/aws/{version(program)}" if case.by_aws else "eks-sso/eks/0.1.0"
        for host in ("registry.terraform.io", "registry.opentofu.org"):
            place = mirror / host / source / self.platform()
            place.mkdir(parents=True)
            (place / name).symlink_to(program)
        (self.folder / "rc").write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
        (self.folder / "main.tf").write_text(configuration(case, f"{server.url}/bench/state/{self.folder.name}"))
        output([ROOT / "tools/terraform", "init", "-input=false"], env=self.environment(), folder=self.folder)

    @staticmethod
    @functools.cache
    def platform():
        return json.loads(output([ROOT / "tools/terraform", "version", "-json"]))["platform"]

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
        return kept | credentials(self.server.url) | {
            "HOME": str(self.folder),
            "TF_CLI_CONFIG_FILE": str(self.folder / "rc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "NO_PROXY": "127.0.0.1",
        } | self.variables

    def terraform(self, command, *arguments, code=0, **settings):
        """Run a command and measure it. The settings are the server's."""
        self.server.set(delay_ms=DELAY_MS, permission_sets=PERMISSION_SETS, **settings)
        command = [ROOT / "tools/terraform", command, "-input=false", "-no-color", *arguments]
        log = (self.folder / "output").open("w+")
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        watch = Watch(process.pid, self.program)
        watch.start()
        status = process.wait(TIMEOUT_SECONDS)
        wall = time.monotonic() - began
        watch.over.set()
        watch.join()
        if status != code:
            log.seek(0)
            sys.exit(f"terraform {command[1]} ended with {status}:\n{log.read()[-4000:]}")
        return Run(wall, max(watch.peaks.values(), default=0), sum(watch.cpu.values()), watch.own_peak, self.server.stats())

    def close(self):
        self.temporary.cleanup()


def version(plugin):
    """Of a file that is called as the registry wants it: terraform-provider-aws_v5.100.0_x5."""
    return plugin.name.split("_v")[1].split("_")[0]


def credentials(url):
    return {
        "AWS_ACCESS_KEY_ID": f"AKIATEST{CALLER}",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def output(command, env=None, folder=None):
    command = [str(part) for part in command]
    result = subprocess.run(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout.strip()
