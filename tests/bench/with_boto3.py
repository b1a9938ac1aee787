"""What one would write instead: reads grants with boto3, as a no-change plan does, and prints how long that took.

    with_boto3.py GRANTS.json COUNT THREADS
"""

import json
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

PATH_PREFIX = "/aws-reserved/sso.amazonaws.com/"
POLICIES = {"AmazonEKSViewPolicy", "AmazonEKSEditPolicy"}


class Accounts:
    """Clients and roles of each account, asked for once."""

    def __init__(self, threads):
        self.config = Config(max_pool_connections=threads)
        self.sts = boto3.client("sts", config=self.config)
        self.own = self.sts.get_caller_identity()["Account"]
        self.known, self.locks, self.lock = {}, {}, threading.Lock()
        self.calls = 1

    def of(self, account):
        with self.lock:
            lock = self.locks.setdefault(account, threading.Lock())
        with lock:
            if account not in self.known:
                self.known[account] = self._connect(account)
            return self.known[account]

    def _connect(self, account):
        session = boto3.Session()
        if account != self.own:
            role = f"arn:aws:iam::{account}:role/TerraformEksAccess"
            made = self.sts.assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
            session = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
            self.calls += 1
        pages = session.client("iam", config=self.config).get_paginator("list_roles").paginate(PathPrefix=PATH_PREFIX)
        roles = {role["RoleName"].rsplit("_", 1)[0]: role["Arn"] for page in pages for role in page["Roles"]}
        self.calls += 1
        return session.client("eks", config=self.config), roles


def read(accounts, grant):
    """Whether a grant is as it should be."""
    eks, roles = accounts.of(grant["account"])
    name = {"clusterName": grant["cluster"], "principalArn": roles[f"AWSReservedSSO_Set{grant['number']:03}"]}
    entry = eks.describe_access_entry(**name)["accessEntry"]
    policies = eks.list_associated_access_policies(**name)["associatedAccessPolicies"]
    found = {policy["policyArn"].rsplit("/", 1)[1] for policy in policies}
    return entry["kubernetesGroups"] == ["team"] and found == POLICIES


def main():
    path, count, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with open(path, encoding="utf-8") as file:
        grants = json.load(file)[:count]
    began = time.monotonic()
    accounts = Accounts(threads)
    with ThreadPoolExecutor(threads) as pool:
        if not all(pool.map(lambda grant: read(accounts, grant), grants)):
            sys.exit("a grant is not as it should be")
    print(
        json.dumps(
            {
                "wall_s": time.monotonic() - began,
                "calls": accounts.calls + 2 * len(grants),
                "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            }
        )
    )


if __name__ == "__main__":
    main()
