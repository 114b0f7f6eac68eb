using Dex.LocalCluster.Api.Admission;
using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Api.Discovery;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Watch;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>The API's parts, put together over one store.</summary>
internal sealed class ApiComposition
{
    public ApiComposition(Store store, ClusterIdentity identity, TimeProvider time)
    {
        Store = store;
        var resources = new Resources();
        var ownership = new FieldOwnership(time);
        var rules = new ObjectRules(ownership, new ServiceAddresses(store), time);
        var writer = new ObjectWriter(store, resources, rules, time);
        var deletion = new ObjectDeletion(writer, rules);
        Registry = new Registry(writer, deletion);
        CustomDefinitions = new CustomDefinitions(resources, Registry);

        var lists = new ListHandler(store, new Snapshots(store, time));
        Handler = new ResourceHandler(writer, lists, new WatchHandler(store, time, Stopping.Token), new WriteHandler(writer),
            new PatchHandler(writer, ownership), new DeleteHandler(deletion, lists));
        Pipeline = new RequestPipeline(resources, new Authenticator(identity.Authority, identity.AdminToken), new DiscoveryHandler(resources), Handler);
    }

    public Store Store { get; }
    public Registry Registry { get; }
    public CustomDefinitions CustomDefinitions { get; }
    public ResourceHandler Handler { get; }
    public RequestPipeline Pipeline { get; }

    /// <summary>Ends watches when the server stops.</summary>
    public CancellationTokenSource Stopping { get; } = new();
}
