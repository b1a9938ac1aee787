# Into the cluster, as members of the group team-payments. The assignment is made in the same apply, so the role is
# there only then: preflight = "apply" makes the plan warn instead of fail, and the apply wait.
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  account_id          = var.cluster_account
  permission_set_name = aws_ssoadmin_permission_set.developers.name
  user_name           = "sso:{{SessionName}}"
  kubernetes_groups   = ["team-payments"]
  preflight           = "apply"

  # A new assignment is a new role.
  triggers = {
    assignment = aws_ssoadmin_account_assignment.developers.id
  }
}

# What the people of the team need on their machines. Neither text holds a secret.
data "eks_sso_kubeconfig" "developers" {
  cluster_name        = "payments-prod"
  account_id          = var.cluster_account
  permission_set_name = aws_ssoadmin_permission_set.developers.name
  namespace           = "payments"
  sso_start_url       = var.identity_center.start_url
  sso_region          = "eu-west-1"
}

output "kubeconfig" {
  value = data.eks_sso_kubeconfig.developers.kubeconfig
}

output "aws_config" {
  value = data.eks_sso_kubeconfig.developers.aws_config
}
