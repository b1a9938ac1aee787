# The same team through Okta, without Identity Center: a SAML provider and a role in the cluster's account. The role has
# the name that it is given here, so the grant takes role_name.

resource "aws_iam_saml_provider" "okta" {
  provider               = aws.cluster
  name                   = "okta"
  saml_metadata_document = var.okta_metadata
}

resource "aws_iam_role" "okta_developers" {
  provider = aws.cluster
  name     = "okta-developers"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_saml_provider.okta.arn }
      Action    = ["sts:AssumeRoleWithSAML", "sts:TagSession"]
      Condition = {
        StringEquals = { "SAML:aud" = "https://signin.aws.amazon.com/saml" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "okta_developers" {
  provider = aws.cluster
  name     = "describe-cluster"
  role     = aws_iam_role.okta_developers.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "eks:DescribeCluster"
      Resource = "arn:aws:eks:eu-west-1:${var.cluster_account}:cluster/payments-prod"
    }]
  })
}

# EKS binds the entry to the role's unique id: if Terraform recreates the role, this grant must be recreated, too.
resource "eks_sso_access" "okta_developers" {
  cluster_name      = "payments-prod"
  account_id        = var.cluster_account
  role_name         = aws_iam_role.okta_developers.name
  user_name         = "okta:{{SessionName}}"
  kubernetes_groups = ["team-payments"]
  preflight         = "apply"

  lifecycle {
    replace_triggered_by = [aws_iam_role.okta_developers.unique_id]
  }
}

# For a profile of ~/.aws/config whose credentials come from the tool with which people sign in to Okta.
data "eks_sso_kubeconfig" "okta" {
  cluster_name = "payments-prod"
  account_id   = var.cluster_account
  namespace    = "payments"
  profile      = "okta"
}

output "kubeconfig_okta" {
  value = data.eks_sso_kubeconfig.okta.kubeconfig
}
