# A role that the people of the permission set may assume. Its trust policy names the account, and narrows it down to
# the role of the permission set with any suffix. A role's ARN as the principal would stop working with a new suffix.

data "eks_sso_role" "developers" {
  permission_set_name = aws_ssoadmin_permission_set.developers.name
  account_id          = var.cluster_account

  # It appears some seconds after the assignment.
  timeouts {
    read = "2m"
  }

  depends_on = [aws_ssoadmin_account_assignment.developers]
}

resource "aws_iam_role" "deployer" {
  provider = aws.cluster
  name     = "payments-deployer"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.cluster_account}:root" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnLike = { "aws:PrincipalArn" = data.eks_sso_role.developers.arn_pattern }
      }
    }]
  })
}
