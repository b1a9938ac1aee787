import {
  to = eks_sso_access.developers
  id = "payments-prod,DeveloperAccess"
}
