# A configuration with a rule that its tests hold: only administrators may do everything.
terraform {
  required_version = ">= 1.11"

  required_providers {
    eks = {
      source = "eks-sso/eks"
    }
  }
}

provider "eks" {
  region = "eu-west-1"
}

variable "grants" {
  description = "Access policies by permission set."
  type = map(map(object({
    scope      = optional(string)
    namespaces = optional(set(string))
  })))

  default = {
    DeveloperAccess = {
      AmazonEKSViewPolicy = { scope = "cluster" }
      AmazonEKSEditPolicy = { namespaces = ["payments", "payments-*"] }
    }
  }
}

resource "eks_sso_access" "this" {
  for_each = var.grants

  cluster_name        = "payments-prod"
  permission_set_name = each.key
  access_policies     = each.value

  lifecycle {
    precondition {
      condition     = each.key == "AdministratorAccess" || !contains(keys(each.value), "AmazonEKSClusterAdminPolicy")
      error_message = "Only AdministratorAccess may have AmazonEKSClusterAdminPolicy, not ${each.key}."
    }
  }
}

# A warning in every plan and apply while users of a grant are locked out. It does not change the exit code.
check "nobody_is_locked_out" {
  assert {
    condition     = alltrue([for grant in eks_sso_access.this : grant.status == null])
    error_message = "Locked out: ${join(", ", [for name, grant in eks_sso_access.this : name if grant.status != null])}."
  }
}
