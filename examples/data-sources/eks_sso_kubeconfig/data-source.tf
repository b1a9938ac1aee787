# For people who sign in through IAM Identity Center. Both texts are free of secrets: hand them out as files, or put
# them into a wiki.
data "eks_sso_kubeconfig" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  namespace           = "payments"
  sso_start_url       = "https://d-1234567890.awsapps.com/start"
}

# terraform output -raw kubeconfig > payments-prod.kubeconfig
output "kubeconfig" {
  value = data.eks_sso_kubeconfig.developers.kubeconfig
}

# terraform output -raw aws_config >> ~/.aws/config
output "aws_config" {
  value = data.eks_sso_kubeconfig.developers.aws_config
}
