# cluster_name,permission_set_name
terraform import eks_sso_access.developers payments-prod,DeveloperAccess

# In another account or Region than the provider's: account_id/ before it, @region behind it.
terraform import eks_sso_access.developers 222233334444/payments-prod,DeveloperAccess@eu-central-1

# cluster_name,role/role_name, for a role that is not Identity Center's
terraform import eks_sso_access.break_glass payments-prod,role/BreakGlass

# The id of aws_eks_access_entry: cluster_name:principal_arn, with the role's path or without
terraform import eks_sso_access.break_glass payments-prod:arn:aws:iam::111122223333:role/BreakGlass
