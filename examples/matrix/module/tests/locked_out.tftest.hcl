mock_provider "eks" {}

override_resource {
  target = eks_sso_access.this["DeveloperAccess/payments/blue"]
  values = { status = "role_missing" }
}

override_resource {
  target = eks_sso_access.this["ViewOnlyAccess/payments/blue"]
  values = { status = null }
}

variables {
  accounts = { payments = { account_id = "222233334444", clusters = ["blue"] } }
  access   = { DeveloperAccess = {}, ViewOnlyAccess = {} }
}

run "grant_without_access_is_locked_out" {
  assert {
    condition     = output.locked_out["DeveloperAccess/payments/blue"] == "role_missing" && length(output.locked_out) == 1
    error_message = "locked_out is ${jsonencode(output.locked_out)}."
  }
}
