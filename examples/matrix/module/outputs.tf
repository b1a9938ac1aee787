output "grants" {
  description = "All grants by `KEY/ACCOUNT/CLUSTER`, such as `DeveloperAccess/payments/blue`: the cluster, the role or user that gets in, their name in Kubernetes, and `status`, which is null while all is well."
  value = {
    for key, grant in eks_sso_access.this : key => {
      account_id           = grant.account_id
      region               = grant.region
      cluster_name         = grant.cluster_name
      principal_arn        = grant.principal_arn
      kubernetes_user_name = grant.kubernetes_user_name
      access_entry_arn     = grant.access_entry_arn
      status               = grant.status
    }
  }
}

output "locked_out" {
  description = "The `status` of those grants whose users are locked out, by key. Empty while all is well: for a check block, or an alarm."
  value       = { for key, grant in eks_sso_access.this : key => grant.status if grant.status != null }
}

output "kubeconfigs" {
  description = "A kubeconfig for each grant, by key, as YAML. No secret is in it. Empty without the variable `kubeconfigs`; IAM users have none."
  value       = { for key, files in data.eks_sso_kubeconfig.this : key => files.kubeconfig }
}

output "aws_config" {
  description = "Sections for `~/.aws/config` of all grants of permission sets, each once. No secret is in it. Null without `sso_start_url` in the variable `kubeconfigs`."
  value = try(var.kubeconfigs.sso_start_url, null) == null ? null : format("%s\n", join("\n\n", distinct(flatten([
    for files in data.eks_sso_kubeconfig.this : split("\n\n", trimspace(files.aws_config)) if files.aws_config != null
  ]))))
}

output "matrix" {
  description = "Permission sets and clusters as a table in Markdown: what each grant gives, or why nobody gets in."
  value       = provider::eks::access_matrix(eks_sso_access.this)
}
