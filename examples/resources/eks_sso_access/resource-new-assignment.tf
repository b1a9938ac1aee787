# The same apply assigns the permission set, so there is no role yet: the plan warns instead of failing, and the apply waits
# for the role. A changed trigger makes the role be looked up again: a new assignment can mean a new role.
resource "aws_ssoadmin_account_assignment" "release" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
  permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
  principal_type     = "GROUP"
  principal_id       = "0123456789-11111111-2222-3333-4444-555555555555"
  target_type        = "AWS_ACCOUNT"
  target_id          = "222233334444"
}

resource "eks_sso_access" "release" {
  cluster_name        = "payments-prod"
  permission_set_name = "ReleaseAccess"
  preflight           = "apply"

  triggers = {
    assignment = aws_ssoadmin_account_assignment.release.id
  }

  access_policies = {
    AmazonEKSEditPolicy = { namespaces = ["payments"] }
  }
}
