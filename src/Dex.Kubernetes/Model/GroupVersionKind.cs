using System.Text.Json.Nodes;

namespace Dex.Kubernetes.Model;

/// <summary>What an object is: <c>apps/v1, Deployment</c>. The core group is the empty string.</summary>
public sealed record GroupVersionKind(string Group, string Version, string Kind)
{
    /// <summary>As it stands in an object: <c>apps/v1</c>, or <c>v1</c> for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The kind without its version, as two versions of one kind are the same objects: <c>Deployment.apps</c>.</summary>
    public string GroupKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>Takes <c>apiVersion</c> apart; anything before the last slash is the group.</summary>
    public static GroupVersionKind Parse(string apiVersion, string kind)
    {
        var slash = apiVersion.LastIndexOf('/');
        return slash < 0 ? new("", apiVersion, kind) : new(apiVersion[..slash], apiVersion[(slash + 1)..], kind);
    }

    /// <summary>Reads <c>apiVersion</c> and <c>kind</c> of an object; empty strings where they are absent.</summary>
    public static GroupVersionKind Of(JsonObject obj) => Parse(obj.ApiVersion(), obj.Kind());

    /// <summary>For messages: <c>apps/v1 Deployment</c>.</summary>
    public override string ToString() => $"{ApiVersion} {Kind}";
}
