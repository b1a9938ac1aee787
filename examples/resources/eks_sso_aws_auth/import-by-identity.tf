import {
  to = eks_sso_aws_auth.developers
  identity = {
    cluster_name        = "payments-legacy"
    permission_set_name = "DeveloperAccess"
    account_id          = "222233334444" # default: the provider's own
    region              = "eu-west-1"    # default: the provider's
  }
}
