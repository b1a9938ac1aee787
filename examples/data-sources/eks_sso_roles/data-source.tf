# The roles of one permission set in every account, for a trust policy that all of them share.
data "eks_sso_roles" "developers" {
  account_ids          = ["111122223333", "222233334444"]
  permission_set_names = ["DeveloperAccess"]
}

output "developer_role_arns" {
  value = [for sets in data.eks_sso_roles.developers.roles : sets["DeveloperAccess"].arn if contains(keys(sets), "DeveloperAccess")]
}
