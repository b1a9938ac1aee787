variable "aws_auth" {
  description = "What `kubectl get configmap aws-auth -n kube-system -o yaml` shows."
  type        = string
}

locals {
  migration = provider::eks::aws_auth_to_access(var.aws_auth)
}

resource "eks_sso_access" "people" {
  for_each = local.migration.access

  cluster_name        = "payments-prod"
  permission_set_name = each.value.permission_set_name
  role_name           = each.value.role_name
  iam_principal_arn   = each.value.iam_principal_arn
  role_account_id     = each.value.role_account_id
  user_name           = each.value.user_name
  kubernetes_groups   = each.value.kubernetes_groups
  access_policies     = each.value.access_policies
}

output "not_moved" {
  value = local.migration.not_moved
}
