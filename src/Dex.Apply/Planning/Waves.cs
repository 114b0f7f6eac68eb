using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>The order in which objects are sent: what others need comes first. Within a wave all go at once.</summary>
enum Wave
{
    /// <summary>Namespaces.</summary>
    Namespaces,

    /// <summary>Definitions of kinds and classes, which must be accepted before objects use them.</summary>
    Definitions,

    /// <summary>What workloads read and may do: configuration, accounts, roles, quotas, volumes.</summary>
    Config,

    /// <summary>Jobs that must succeed before anything else changes.</summary>
    BeforeDeploy,

    /// <summary>The addresses of workloads: a container that starts before its Services exist never learns them.</summary>
    Services,

    /// <summary>Workloads and custom resources.</summary>
    Workloads,

    /// <summary>What leads traffic and admission to workloads.</summary>
    Routes,

    /// <summary>Jobs that run when everything is ready.</summary>
    AfterDeploy,
}

static class Waves
{
    public static Wave Of(JsonObject obj) => obj.Kind() switch
    {
        "Namespace" => Wave.Namespaces,
        "CustomResourceDefinition" or "StorageClass" or "PriorityClass" or "IngressClass" or "RuntimeClass" or "GatewayClass" => Wave.Definitions,
        "ConfigMap" or "Secret" or "ServiceAccount" or "Role" or "RoleBinding" or "ClusterRole" or "ClusterRoleBinding" or "ResourceQuota"
            or "LimitRange" or "NetworkPolicy" or "PersistentVolume" or "PersistentVolumeClaim" => Wave.Config,
        "Service" => Wave.Services,
        "Ingress" or "HTTPRoute" or "GRPCRoute" or "TLSRoute" or "TCPRoute" or "ValidatingWebhookConfiguration" or "MutatingWebhookConfiguration"
            or "ValidatingAdmissionPolicy" or "ValidatingAdmissionPolicyBinding" or "APIService" => Wave.Routes,
        _ => RunOnce.IsBefore(obj) ? Wave.BeforeDeploy : RunOnce.IsAfter(obj) ? Wave.AfterDeploy : Wave.Workloads,
    };
}
