# The people in an aws-auth ConfigMap, as access entries. The guide "From aws-auth to access entries" says in which
# order to apply this so that everybody keeps access at every step.

terraform {
  required_version = ">= 1.8"

  required_providers {
    eks = {
      source = "eks-sso/eks"
    }
  }
}

provider "eks" {
  region = "eu-west-1"
}

locals {
  cluster_name = "payments-prod"

  # kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml
  migration = provider::eks::aws_auth_to_access(file("${path.module}/aws-auth.yaml"))

  # Read, understood, and taken care of elsewhere: nodes.
  taken_care_of = [
    "arn:aws:iam::222233334444:role/payments-prod-nodes",
  ]
}

resource "eks_sso_access" "people" {
  for_each = local.migration.access

  cluster_name        = local.cluster_name
  permission_set_name = each.value.permission_set_name
  role_name           = each.value.role_name
  iam_principal_arn   = each.value.iam_principal_arn
  role_account_id     = each.value.role_account_id
  user_name           = each.value.user_name
  kubernetes_groups   = each.value.kubernetes_groups
  access_policies     = each.value.access_policies

  # While the rows are there: no plan takes away what they give, or gives it back by surprise.
  check_aws_auth = true

  lifecycle {
    # No grant is made while somebody would be forgotten.
    precondition {
      condition     = length(local.forgotten) == 0
      error_message = "Rows of aws-auth that cannot move: ${join(" ", values(local.forgotten))}"
    }
  }
}

locals {
  forgotten = {
    for row in local.migration.not_moved :
    "${row.source} ${row.line}" => "${row.arn}: ${row.reason}"
    if !contains(local.taken_care_of, row.arn)
  }
}

output "not_moved" {
  description = "What aws-auth has to keep, and why."
  value       = local.migration.not_moved
}
