import {
  to = eks_sso_access_exclusive.payments
  identity = {
    cluster_name = "payments-prod"
    account_id   = "222233334444" # default: the provider's own
    region       = "eu-west-1"    # default: the provider's
  }
}
