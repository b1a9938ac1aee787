import {
  to = eks_sso_access_exclusive.payments
  id = "payments-prod"
}
