# Only warns: a check never changes the exit code. HCP Terraform shows it as a failed check, also between runs (health
# assessments).
check "access_to_payments" {
  data "eks_sso_cluster_access" "current" {
    cluster_name = "payments-prod"
  }

  assert {
    condition     = alltrue([for entry in data.eks_sso_cluster_access.current.entries : !contains(["role_missing", "stale"], entry.status)])
    error_message = "Access entries of payments-prod let nobody in: ${join(", ", [for entry in data.eks_sso_cluster_access.current.entries : "${entry.principal_arn} (${entry.status})" if contains(["role_missing", "stale"], entry.status)])}."
  }
}
