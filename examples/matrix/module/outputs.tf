output "grants" {
  description = "All grants by permission set, account and cluster: the role that gets in, and whether it is there."
  value = {
    for key, grant in eks_sso_access.this : key => {
      principal_arn = grant.principal_arn
      status        = grant.status
    }
  }

  precondition {
    condition     = length(local.unknown_accounts) == 0
    error_message = "permission_sets names accounts that the variable accounts does not have: ${join(", ", local.unknown_accounts)}. Correct the names, or add the accounts."
  }
}

output "matrix" {
  description = "Permission sets and clusters as a table in Markdown: what each grant gives, or why nobody gets in."
  value       = provider::eks::access_matrix(eks_sso_access.this)
}
