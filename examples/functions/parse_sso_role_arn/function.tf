# The permission set behind a row of the aws-auth ConfigMap: "DeveloperAccess".
output "permission_set_name" {
  value = provider::eks::parse_sso_role_arn(
    "arn:aws:iam::222233334444:role/AWSReservedSSO_DeveloperAccess_0123456789abcdef"
  ).permission_set_name
}
