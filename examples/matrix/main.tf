# Every permission set gets into every cluster of every account: 2 × 3 × 2 grants, one provider block, and in each
# account one session and one walk through its roles.
terraform {
  required_providers {
    eks = {
      source = "eks-sso/eks"
    }
  }
}

provider "eks" {
  region = "eu-west-1"

  # A role of this name in every account, which trusts the role that Terraform runs as.
  account_access {
    role_name = "TerraformEksAccess"
  }
}

module "access" {
  source = "./module"

  accounts = {
    payments = { account_id = "222233334444", clusters = ["blue", "green"] }
    orders   = { account_id = "333344445555", clusters = ["blue", "green"] }
    search   = { account_id = "444455556666", clusters = ["blue", "green"] }
  }

  access = {
    ViewOnlyAccess = {
      access_policies = {
        AmazonEKSViewPolicy = { scope = "cluster" }
      }
    }
    DeveloperAccess = {
      kubernetes_groups = ["developers"]
      access_policies = {
        AmazonEKSEditPolicy = { namespaces = ["team-*"] }
      }
    }
  }
}

output "grants" {
  description = "Who gets in where."
  value       = module.access.grants
}

# For the summary of a CI job: terraform output -raw matrix >> "$GITHUB_STEP_SUMMARY"
output "matrix" {
  description = "The same as a table in Markdown."
  value       = module.access.matrix
}
