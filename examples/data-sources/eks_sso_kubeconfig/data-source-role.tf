# For a pipeline, or for people with credentials of another kind: the token is made with a role that they assume.
data "eks_sso_kubeconfig" "deployer" {
  cluster_name = "payments-prod"
  role_arn     = "arn:aws:iam::222233334444:role/ops/Deployer"
}
