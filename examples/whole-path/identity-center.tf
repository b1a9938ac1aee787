# The permission set, and its assignment to the team's group in the cluster's account. The assignment makes the role.

resource "aws_ssoadmin_permission_set" "developers" {
  instance_arn     = var.identity_center.instance_arn
  name             = "DeveloperAccess"
  session_duration = "PT8H"
}

# No permission of IAM is needed to use kubectl: the token is made without one. DescribeCluster is for
# `aws eks update-kubeconfig`.
resource "aws_ssoadmin_permission_set_inline_policy" "developers" {
  instance_arn       = var.identity_center.instance_arn
  permission_set_arn = aws_ssoadmin_permission_set.developers.arn

  inline_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "eks:DescribeCluster"
        Resource = "arn:aws:eks:eu-west-1:${var.cluster_account}:cluster/payments-prod"
      },
      {
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = "arn:aws:iam::${var.cluster_account}:role/payments-deployer"
      },
    ]
  })
}

resource "aws_ssoadmin_account_assignment" "developers" {
  instance_arn       = var.identity_center.instance_arn
  permission_set_arn = aws_ssoadmin_permission_set.developers.arn
  principal_type     = "GROUP"
  principal_id       = var.identity_center.group_id
  target_type        = "AWS_ACCOUNT"
  target_id          = var.cluster_account

  # The role then has its policy from the first moment on.
  depends_on = [aws_ssoadmin_permission_set_inline_policy.developers]
}
