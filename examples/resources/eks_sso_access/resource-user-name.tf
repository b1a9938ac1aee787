# RBAC by group, and a user name that stays the same when the permission set gets a new role: sso:jane-example.com.
resource "eks_sso_access" "rbac" {
  cluster_name        = "payments-prod"
  permission_set_name = "QualityAccess"
  user_name           = "sso:{{SessionName}}"
  kubernetes_groups   = ["quality"]
}
