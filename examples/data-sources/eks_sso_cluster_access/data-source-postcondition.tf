# Fails a pipeline: the plan ends with an error and exit code 1.
locals {
  expected_admins = ["AdministratorAccess"]
}

data "eks_sso_cluster_access" "guarded" {
  cluster_name = "payments-prod"

  lifecycle {
    # "unknown" fails as well: what could not be looked up is not fine.
    postcondition {
      condition     = alltrue([for entry in self.entries : contains(["ok", "not_sso"], entry.status)])
      error_message = "These access entries let nobody in, or could not be checked: ${join(", ", [for entry in self.entries : "${entry.principal_arn} (${entry.status})" if !contains(["ok", "not_sso"], entry.status)])}."
    }

    postcondition {
      condition = alltrue([for entry in self.entries : contains(local.expected_admins, coalesce(entry.permission_set_name, entry.principal_arn))
      if contains(keys(entry.access_policies), "AmazonEKSClusterAdminPolicy")])
      error_message = "Unexpected cluster administrators: ${join(", ", [for entry in self.entries : entry.principal_arn if contains(keys(entry.access_policies), "AmazonEKSClusterAdminPolicy") && !contains(local.expected_admins, coalesce(entry.permission_set_name, entry.principal_arn))])}."
    }
  }
}
