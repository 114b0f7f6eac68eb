namespace Dex.Features.Cluster;

/// <summary>How a route becomes Kubernetes objects.</summary>
public enum RouteClass
{
    /// <summary>An Ingress of the embedded cluster.</summary>
    Local,

    /// <summary>An Ingress for ingress-nginx, which was retired upstream in March 2026.</summary>
    Nginx,

    /// <summary>An HTTPRoute of the Gateway API to a shared Gateway.</summary>
    Gateway,

    /// <summary>An Ingress for the AWS Load Balancer Controller.</summary>
    Alb,
}
