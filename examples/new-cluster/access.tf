# Permission sets that are assigned in the cluster's account, and what their users may do.
locals {
  access = {
    AdministratorAccess = "AmazonEKSClusterAdminPolicy"
    DeveloperAccess     = "AmazonEKSViewPolicy"
  }
}

resource "eks_sso_access" "payments" {
  for_each = local.access

  cluster_name        = aws_eks_cluster.payments.name
  permission_set_name = each.key

  access_policies = {
    (each.value) = { scope = "cluster" }
  }
}

# Read in the apply, since the cluster is made there.
data "eks_sso_kubeconfig" "payments" {
  sso_start_url = "https://d-1234567890.awsapps.com/start"
  sso_region    = "eu-west-1"

  clusters = [for set, policy in local.access : {
    cluster_name        = aws_eks_cluster.payments.name
    permission_set_name = set
  }]
}

output "kubeconfig" {
  value = data.eks_sso_kubeconfig.payments.kubeconfig
}

output "aws_config" {
  value = data.eks_sso_kubeconfig.payments.aws_config
}
