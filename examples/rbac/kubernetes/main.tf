# The same as ../manifests/team-payments.yaml, as resources of hashicorp/kubernetes.

terraform {
  required_providers {
    kubernetes = {
      source = "hashicorp/kubernetes"
    }
  }
}

provider "kubernetes" {
  config_path    = "~/.kube/config"
  config_context = "payments-prod-admin"
}

resource "kubernetes_role_v1" "team_payments" {
  metadata {
    name      = "team-payments"
    namespace = "payments"
  }

  rule {
    api_groups = [""]
    resources  = ["pods", "pods/log", "services", "configmaps", "events"]
    verbs      = ["get", "list", "watch"]
  }

  rule {
    api_groups = [""]
    resources  = ["pods/exec", "pods/portforward"]
    verbs      = ["create"]
  }

  rule {
    api_groups = ["apps"]
    resources  = ["deployments", "replicasets"]
    verbs      = ["get", "list", "watch", "patch", "update"]
  }
}

resource "kubernetes_role_binding_v1" "team_payments" {
  metadata {
    name      = "team-payments"
    namespace = "payments"
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = "team-payments"
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.team_payments.metadata[0].name
  }
}

resource "kubernetes_cluster_role_v1" "list_namespaces" {
  metadata {
    name = "list-namespaces"
  }

  rule {
    api_groups = [""]
    resources  = ["namespaces"]
    verbs      = ["get", "list", "watch"]
  }
}

resource "kubernetes_cluster_role_binding_v1" "list_namespaces" {
  metadata {
    name = "team-payments-list-namespaces"
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = "team-payments"
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = kubernetes_cluster_role_v1.list_namespaces.metadata[0].name
  }
}
