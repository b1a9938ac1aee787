"""What is measured: so many grants over so many accounts, the calls that they should take, and the least time."""

import json
from dataclasses import dataclass, field

REGION = "eu-west-1"
CALLER = "111122223333"
# Terraform's default of -parallelism.
PARALLELISM = 10
DELAY_MS = 30
# The most permission sets that are assigned in one account; more grants go to more clusters.
PERMISSION_SETS = 100
ROLE_NAMES = 5
# Answers that a grant waits for, one after the other, in a no-change plan: its two calls are made at the same time.
ANSWERS_IN_A_ROW = 1
CALLS_OF_A_LOOK = 2
# AWS publishes no rates of the calls about access entries. These are assumed, for each account and Region.
RATES = {"reads_per_s": 20, "writes_per_s": 10, "burst": 50}
NO_RATES = {"reads_per_s": 0, "writes_per_s": 0}


@dataclass
class Case:
    """So many grants, spread over accounts, and in each over clusters."""

    grants: int
    accounts: int
    # With other roles than Identity Center's; each gets into several clusters.
    by_role_name: bool = False
    # By hashicorp/aws: its four blocks do what one grant does.
    by_aws: bool = False
    # phase -> Run
    runs: dict = field(default_factory=dict)
    # No-change plans, in turns: ours, and that of a provider which only waits for the answers.
    looks: list = field(default_factory=list)

    @property
    def is_own_account(self):
        return self.accounts == 1

    def account(self, number):
        return CALLER if self.is_own_account else f"{200_000_000_000 + number:012}"

    def spread(self):
        """(account, cluster, number of the permission set) of each grant."""
        for grant in range(self.grants):
            account, rest = grant % self.accounts, grant // self.accounts
            yield self.account(account), f"cluster-{rest // self.grantees}", rest % self.grantees + 1

    @property
    def grantees(self):
        """How many people's roles a cluster lets in."""
        return ROLE_NAMES if self.by_role_name else PERMISSION_SETS

    @property
    def clusters(self):
        return len({(account, cluster) for account, cluster, _ in self.spread()})

    @property
    def roles(self):
        return len({(account, number) for account, _, number in self.spread()})

    @property
    def role_names(self):
        return self.roles if self.by_role_name else 0

    def name(self):
        kind = ", by role_name" if self.by_role_name else ", hashicorp/aws" if self.by_aws else ""
        return f"{self.grants:,} grants, {self.accounts} account{'s'[: self.accounts > 1]}{kind}"


def configuration(case, state_url):
    return in_blocks_of_aws(case, state_url) if case.by_aws else in_grants(case, state_url)


def head(provider, source, state_url):
    # A remote state, because Terraform writes a local one after each instance, which would cost more than all else.
    return f"""
terraform {{
  required_providers {{
    {provider} = {{ source = "{source}" }}
  }}
  backend "http" {{
    address = "{state_url}"
  }}
}}
"""


def in_blocks_of_aws(case, state_url):
    sets = min(case.grants, PERMISSION_SETS)
    cluster = f'format("cluster-%d", floor(count.index / {PERMISSION_SETS}))'
    role = f"one(data.aws_iam_roles.all[count.index % {PERMISSION_SETS}].arns)"
    view = association(case, "View", 'type = "cluster"')
    edit = association(case, "Edit", 'type = "namespace"\n    namespaces = ["payments", "payments-*"]')
    return f"""{head("aws", "hashicorp/aws", state_url)}
data "aws_iam_roles" "all" {{
  count = {sets}

  name_regex  = format("AWSReservedSSO_Set%03d_[0-9a-f]{{16}}", count.index + 1)
  path_prefix = "/aws-reserved/sso.amazonaws.com/"
}}

resource "aws_eks_access_entry" "all" {{
  count = {case.grants}

  cluster_name      = {cluster}
  principal_arn     = {role}
  kubernetes_groups = ["team"]
}}
{view}{edit}"""


def association(case, policy, scope):
    return f"""
resource "aws_eks_access_policy_association" "{policy.lower()}" {{
  count = {case.grants}

  cluster_name  = aws_eks_access_entry.all[count.index].cluster_name
  principal_arn = aws_eks_access_entry.all[count.index].principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS{policy}Policy"
  access_scope {{
    {scope}
  }}
}}
"""


def in_grants(case, state_url):
    access = "" if case.is_own_account else 'account_access {\n    role_name = "TerraformEksAccess"\n  }'
    kind, name = ("role_name", "team-%03d") if case.by_role_name else ("permission_set_name", "Set%03d")
    # count, because Terraform evaluates for_each once for each instance, which would cost more than all else.
    return f"""{head("eks", "eks-sso/eks", state_url)}
provider "eks" {{
  {access}
}}

locals {{
  accounts = {json.dumps([case.account(number) for number in range(case.accounts)])}
}}

resource "eks_sso_access" "all" {{
  count = {case.grants}

  account_id   = local.accounts[count.index % {case.accounts}]
  cluster_name = format("cluster-%d", floor(floor(count.index / {case.accounts}) / {case.grantees}))
  {kind} = format("{name}", floor(count.index / {case.accounts}) % {case.grantees} + 1)

  kubernetes_groups = ["team"]
  access_policies = {{
    AmazonEKSViewPolicy = {{ scope = "cluster" }}
    AmazonEKSEditPolicy = {{ namespaces = ["payments", "payments-*"] }}
  }}
}}
"""


def promised(case):
    """Calls by operation, for each phase; docs/guides/performance.md says the same in words. None of them twice."""
    foreign = 0 if case.is_own_account else case.accounts
    once = {"GetCallerIdentity": 1, "AssumeRole": foreign} if foreign else {"GetCallerIdentity": 1}
    roles = {"GetRole": case.role_names} if case.by_role_name else {"ListRoles": case.accounts}
    look = {**once, **roles, "DescribeAccessEntry": case.grants}
    checks = {"ListAccessPolicies": case.accounts, "DescribeCluster": case.clusters}
    # Each role is confirmed once in a run and minute; one that the plan in the apply has just looked up is.
    confirmed = {"GetRole": case.role_names or case.roles}
    writes = {"CreateAccessEntry": case.grants, "AssociateAccessPolicy": 2 * case.grants}
    return {
        "plan": look | checks,
        "apply": look | checks | confirmed | writes,
        "no change": look | {"ListAssociatedAccessPolicies": case.grants},
    }


def floor(case):
    """Seconds that the answers alone take. Terraform looks at ten grants at a time."""
    sessions = 0 if case.is_own_account else in_rounds(case.accounts)
    roles = in_rounds(case.role_names or case.accounts)
    return (1 + sessions + roles + in_rounds(ANSWERS_IN_A_ROW * case.grants)) * DELAY_MS / 1000


def in_rounds(calls):
    return max(1, calls / PARALLELISM)


def least_under_rates(run):
    """Seconds that the calls of a run take, where EKS takes no more than RATES."""
    reads = sum(count for operation, count in run.calls.items() if is_of_eks(operation) and operation.startswith(("Describe", "List")))
    writes = sum(count for operation, count in run.calls.items() if is_of_eks(operation)) - reads
    return max((reads - RATES["burst"]) / RATES["reads_per_s"], (writes - RATES["burst"]) / RATES["writes_per_s"])


def is_of_eks(operation):
    return operation not in ("GetCallerIdentity", "AssumeRole", "ListRoles", "GetRole")
