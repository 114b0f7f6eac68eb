using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Selectors;

/// <summary>What a list, a watch or a deletecollection selects.</summary>
sealed record ObjectFilter(string Namespace, LabelSelector Labels, FieldSelector Fields)
{
    public static ObjectFilter From(ApiRequest request)
    {
        var fields = request.Query("fieldSelector");
        // The old path of a single object's watch: /api/v1/watch/namespaces/NS/pods/NAME.
        if (request.Info.Verb == "watch" && request.Info.Name.Length > 0)
            fields = $"metadata.name={request.Info.Name}";
        return new ObjectFilter(request.Namespace, ParseLabels(request.Query("labelSelector")), FieldSelector.Parse(fields, request.Type, []));
    }

    /// <summary>Whether it selects all objects of its namespace.</summary>
    public bool IsEverything => Labels.Requirements.Count == 0 && ReferenceEquals(Fields, FieldSelector.Everything);

    public bool Matches(StoredObject candidate) =>
        (Namespace.Length == 0 || candidate.Key.Namespace == Namespace)
        && (Labels.Requirements.Count == 0 || Labels.Matches(candidate.Labels))
        && Fields.Matches(candidate);

    static LabelSelector ParseLabels(string text)
    {
        try
        {
            return text.Length == 0 ? LabelSelector.Everything : LabelSelector.Parse(text);
        }
        catch (FormatException exception)
        {
            throw ApiErrors.BadRequest(exception.Message);
        }
    }
}
