# One provider block for all accounts: each grant names its account, and the role is assumed there.
provider "eks" {
  region = "eu-west-1"

  account_access {
    role_name = "TerraformEksAccess"
  }
}

locals {
  clusters = {
    payments-prod  = "222233334444"
    payments-stage = "333344445555"
  }
}

resource "eks_sso_access" "viewers" {
  for_each = local.clusters

  cluster_name        = each.key
  account_id          = each.value
  permission_set_name = "ViewOnlyAccess"

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
  }
}
