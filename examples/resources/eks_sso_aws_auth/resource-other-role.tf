# Another IAM role, and a user name that stays the same whatever the role is called.
resource "eks_sso_aws_auth" "break_glass" {
  cluster_name      = "payments-legacy"
  role_name         = "BreakGlass"
  user_name         = "break-glass:{{SessionName}}"
  kubernetes_groups = ["system:masters"]
}
