# A picture of who gets in, which GitHub and GitLab draw: terraform output -raw picture >> "$GITHUB_STEP_SUMMARY"
data "eks_sso_cluster_access" "drawn" {
  cluster_name = "payments-prod"

  include_members  = true
  include_aws_auth = true
  include_trust    = true
}

output "picture" {
  value = "```mermaid\n${data.eks_sso_cluster_access.drawn.mermaid}```\n"
}
