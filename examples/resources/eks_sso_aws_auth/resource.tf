# Users with the permission set DeveloperAccess get into a cluster in CONFIG_MAP mode, as members of a group that RBAC
# bindings in the cluster name.
resource "eks_sso_aws_auth" "developers" {
  cluster_name        = "payments-legacy"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments"]
}
