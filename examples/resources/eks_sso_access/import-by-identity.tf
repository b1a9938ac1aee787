import {
  to = eks_sso_access.developers
  identity = {
    cluster_name        = "payments-prod"
    permission_set_name = "DeveloperAccess"
    account_id          = "222233334444" # default: the provider's own
    region              = "eu-west-1"    # default: the provider's
  }
}
