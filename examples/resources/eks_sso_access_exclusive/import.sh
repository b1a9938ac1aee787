# cluster_name
terraform import eks_sso_access_exclusive.payments payments-prod

# In another account or Region than the provider's: account_id/ before it, @region behind it.
terraform import eks_sso_access_exclusive.payments 222233334444/payments-prod@eu-central-1
