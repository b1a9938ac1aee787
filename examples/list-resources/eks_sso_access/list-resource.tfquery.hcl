list "eks_sso_access" "payments" {
  provider = eks

  config {
    cluster_name = "payments-prod"
  }
}
