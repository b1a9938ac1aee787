import {
  to = eks_sso_aws_auth.developers
  id = "payments-legacy,DeveloperAccess"
}
