using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Api.Discovery;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Subresources;
using Dex.LocalCluster.Api.Watch;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>The API's parts, put together over one store.</summary>
sealed class ApiComposition
{
    public ApiComposition(Store store, ClusterIdentity identity, TimeProvider time)
    {
        Store = store;
        var resources = Resources = new Resources();
        var ownership = new FieldOwnership(time);
        var authorizer = new Authorizer(store);
        var rules = new ObjectRules(ownership, new ServiceAddresses(store), new Escalation(authorizer), time);
        var writer = new ObjectWriter(store, resources, rules, time);
        var deletion = new ObjectDeletion(writer, rules);
        Writer = writer;
        Deletion = deletion;
        Registry = new Registry(writer, deletion);
        CustomDefinitions = new CustomDefinitions(resources, Registry);

        var lists = new ListHandler(store, new Snapshots(store, time));
        Handler = new ResourceHandler(writer, lists, new WatchHandler(store, Stopping.Token), new WriteHandler(writer),
            new PatchHandler(writer, ownership), new DeleteHandler(deletion, lists));
        Tokens = new ServiceAccountTokens(identity.TokenKey, store, time);
        var authenticator = new Authenticator(identity.Authority, identity.AdminToken, Tokens);
        foreach (var review in ResourceCatalog.BuiltIn.Types.Where(t => t.Virtual))
            Handler.Route(review.Plural, new ReviewHandler(authorizer, authenticator, ownership).HandleAsync);
        Handler.Route("bindings", new BindingHandler(Registry).HandleAsync);
        Handler.Route("binding", new BindingHandler(Registry).HandleAsync);
        Handler.Route("scale", new ScaleHandler(writer).HandleAsync);
        Handler.Route("eviction", new EvictionHandler(Registry, deletion).HandleAsync);
        Handler.Route("token", new TokenHandler(store, Tokens).HandleAsync);
        var access = new AccessControl(authenticator, authorizer);
        Pipeline = new RequestPipeline(resources, access, new DiscoveryHandler(resources), Handler, time);
    }

    public Store Store { get; }
    public ObjectWriter Writer { get; }
    public ObjectDeletion Deletion { get; }
    public Registry Registry { get; }
    public CustomDefinitions CustomDefinitions { get; }
    public ResourceHandler Handler { get; }
    public Resources Resources { get; }
    public RequestPipeline Pipeline { get; }

    public ServiceAccountTokens Tokens { get; }

    /// <summary>Ends watches when the server stops.</summary>
    public CancellationTokenSource Stopping { get; } = new();
}
