using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Gives every namespace its ServiceAccount <c>default</c> and the cluster's CA in <c>kube-root-ca.crt</c>, and gives them back when they are taken away.</summary>
sealed class ServiceAccountController(ControllerContext context) : Controller(context, "service-account-controller")
{
    const string Account = "default";
    const string Authority = "kube-root-ca.crt";

    public override void Start()
    {
        OnEach("namespaces");
        On("serviceaccounts", change => Restore(change, Account));
        On("configmaps", change => Restore(change, Authority));
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { DeletionTimestamp: null })
            return null;

        await EnsureAsync(new("serviceaccounts", key.Name, Account), new() { ["apiVersion"] = "v1", ["kind"] = "ServiceAccount", ["metadata"] = new JsonObject { ["name"] = Account } }, ct);
        await EnsureAsync(new("configmaps", key.Name, Authority), new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject
            {
                ["name"] = Authority,
                ["annotations"] = new JsonObject
                {
                    ["kubernetes.io/description"] = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. "
                        + "No other usage is guaranteed across distributions of Kubernetes clusters.",
                },
            },
            ["data"] = new JsonObject { ["ca.crt"] = Context.Options.CaCertificatePem },
        }, ct);
        await Registry.UpdateAsync(new("configmaps", key.Name, Authority), map =>
        {
            var wrong = map.Text("data", "ca.crt") != Context.Options.CaCertificatePem;
            map.Child("data")["ca.crt"] = Context.Options.CaCertificatePem;
            return wrong;
        }, "", ct);
        return null;
    }

    void Restore(Change change, string name)
    {
        if (change.Object.Key.Name == name && change.Type != ChangeType.Added)
            Enqueue(new("namespaces", "", change.Object.Key.Namespace));
    }

    async Task EnsureAsync(ObjectKey key, JsonObject body, CancellationToken ct)
    {
        if (Registry.Get(key) is not null)
            return;

        try
        {
            await Registry.CreateAsync(key.Resource, key.Namespace, body, ct);
        }
        catch (ApiException e) when (e.Status.Reason is "AlreadyExists" or "NotFound" || e.Status.Code == 403)
        {
            // Someone was quicker, or the namespace is ending.
        }
    }
}
