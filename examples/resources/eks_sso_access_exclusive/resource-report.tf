# Nothing is removed. A scheduled `terraform plan -detailed-exitcode` ends with exit code 2 while there is an unexpected entry.
resource "eks_sso_access_exclusive" "watched" {
  cluster_name   = "payments-stage"
  principal_arns = ["arn:aws:iam::222233334444:role/ops/Deployer"]
  mode           = "report"
}
