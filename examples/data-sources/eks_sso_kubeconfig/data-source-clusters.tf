# One kubeconfig for clusters in many accounts, each with a context of its own. People sign in once: all profiles share
# one sso-session.
data "eks_sso_kubeconfig" "all" {
  permission_set_name = "DeveloperAccess"
  context_name        = "{cluster}-{account}-{region}"
  sso_start_url       = "https://d-1234567890.awsapps.com/start"

  clusters = [
    { cluster_name = "payments-prod", account_id = "222233334444" },
    { cluster_name = "payments-prod", account_id = "333344445555" },
    { cluster_name = "payments-stage", account_id = "222233334444", region = "eu-central-1", namespace = "payments" },
  ]
}

# terraform output -raw kubeconfig_of_all > clusters.kubeconfig
output "kubeconfig_of_all" {
  value = data.eks_sso_kubeconfig.all.kubeconfig
}

# terraform output -raw aws_config_of_all >> ~/.aws/config
output "aws_config_of_all" {
  value = data.eks_sso_kubeconfig.all.aws_config
}
