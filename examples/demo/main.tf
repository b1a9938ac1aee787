# Who may do what in the cluster payments-prod. `make demo` runs this against an emulated AWS.

terraform {
  required_providers {
    eks = {
      source  = "eks-sso/eks"
      version = "~> 0.1"
    }
  }
}

# Terraform runs with credentials of account 111122223333. The cluster lives in 222233334444: this role is
# assumed to get there.
provider "eks" {
  region = "eu-west-1"

  account_access {
    role_name = "TerraformAccess"
  }
}

# The role that IAM Identity Center made for the permission set in the cluster's account. Its name ends in a
# suffix that nobody can guess.
data "eks_sso_role" "developers" {
  permission_set_name = "DeveloperAccess"
  account_id          = "222233334444"
}

# People with that permission set may look at everything and change what is in their team's namespaces.
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  account_id          = "222233334444"
  kubernetes_groups   = ["team-payments"]

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
    AmazonEKSEditPolicy = { namespaces = ["payments", "payments-*"] }
  }
}

output "role" {
  description = "For trust policies and the like."
  value       = data.eks_sso_role.developers.arn
}

output "access_entry" {
  value = eks_sso_access.developers.access_entry_arn
}
