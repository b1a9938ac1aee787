# cluster_name,permission_set_name
terraform import eks_sso_aws_auth.developers payments-legacy,DeveloperAccess

# In another account or Region than the provider's: account_id/ before it, @region behind it.
terraform import eks_sso_aws_auth.developers 222233334444/payments-legacy,DeveloperAccess@eu-central-1

# cluster_name,role/role_name, for a role that is not Identity Center's
terraform import eks_sso_aws_auth.break_glass payments-legacy,role/BreakGlass

# cluster_name:rolearn, as the row has it
terraform import eks_sso_aws_auth.break_glass payments-legacy:arn:aws:iam::111122223333:role/BreakGlass
