using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Subresources;

/// <summary>Issues a token for a ServiceAccount (kubectl create token).</summary>
sealed class TokenHandler(Store store, ServiceAccountTokens tokens)
{
    const long Shortest = 600, Usual = 3600, Longest = 1L << 32;

    static readonly GroupVersionKind Kind = new("authentication.k8s.io", "v1", "TokenRequest");

    public async Task HandleAsync(ApiRequest request)
    {
        var body = await BodyDecoder.DecodeAsync(request, Kind, Schemas.Find(Kind.Group, Kind.Version, Kind.Kind)!);
        var account = store.Visible.Get(request.Key) ?? throw ApiErrors.NotFound(request.Type, request.Info.Name);
        var seconds = body.Number("spec", "expirationSeconds") is { } asked and not 0 ? asked : Usual;
        Check(seconds);
        var (token, expires) = tokens.Issue(new TokenClaims(account.Key.Namespace, account.Key.Name, account.Uid, body.TextList("spec", "audiences"), TimeSpan.FromSeconds(seconds))
        {
            BoundTo = BoundTo(body, account.Key.Namespace),
        });
        body["metadata"] = new JsonObject { ["name"] = account.Key.Name, ["namespace"] = account.Key.Namespace, ["creationTimestamp"] = ObjectMetadata.Now(request.Time) };
        var spec = body.Child("spec");
        spec["expirationSeconds"] = seconds;
        if (body.TextList("spec", "audiences").Count == 0)
            spec["audiences"] = new JsonArray(ServiceAccountTokens.Issuer);
        body["status"] = new JsonObject { ["token"] = token, ["expirationTimestamp"] = ObjectMetadata.Timestamp(expires) };
        await ResponseWriter.WriteAsync(request.Http, 201, body, request.Form);
    }

    static void Check(long seconds)
    {
        if (seconds < Shortest)
            throw Invalid(seconds, "may not specify a duration less than 10 minutes");
        if (seconds > Longest)
            throw Invalid(seconds, "may not specify a duration larger than 2^32 seconds");
    }

    static ApiException Invalid(long seconds, string why) =>
        ApiErrors.Invalid(Kind.Group, Kind.Kind, "", [new StatusCause("FieldValueInvalid", $"Invalid value: {seconds}: {why}", "spec.expirationSeconds")]);

    (string, string, string)? BoundTo(JsonObject body, string ns)
    {
        if (body.Object("spec", "boundObjectRef") is not { } reference)
            return null;
        var (kind, name) = (reference.Text("kind") ?? "", reference.Text("name") ?? "");
        var resource = kind switch { "Pod" => "pods", "Secret" => "secrets", _ => throw ApiErrors.BadRequest($"cannot bind token for serviceaccount to object of type \"/v1, Kind={kind}\"") };
        var bound = store.Visible.Get(new ObjectKey(resource, ns, name))
            ?? throw new ApiException(new ApiStatus(404, "NotFound", $"{resource} \"{name}\" not found", new StatusDetails { Name = name, Kind = resource }));
        if (reference.Text("uid") is { Length: > 0 } uid && uid != bound.Uid)
            throw new ApiException(new ApiStatus(409, "Conflict", $"Operation cannot be fulfilled on {resource} \"{name}\": the UID in the bound object reference ({uid}) does not match the UID in record ({bound.Uid}). The object might have been deleted and then recreated"));
        return (kind, name, bound.Uid);
    }
}
