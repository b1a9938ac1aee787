# While the role still has a row in aws-auth: an error if the entry would give less than the row, or if a destroy would let
# the row count again. The plan must be able to read the ConfigMap.
resource "eks_sso_access" "migrated" {
  cluster_name        = "payments-prod"
  permission_set_name = "DataAccess"
  user_name           = "sso:{{SessionName}}"
  kubernetes_groups   = ["data"]
  check_aws_auth      = true
}
