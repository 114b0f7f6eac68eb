namespace Dex.LocalCluster.Api.Http;

/// <summary>The resourceVersion parameter of lists and watches.</summary>
static class ListRevision
{
    /// <summary>0 when it is absent.</summary>
    public static long Parse(ApiRequest request)
    {
        var text = request.Query("resourceVersion");
        var match = request.Query("resourceVersionMatch");
        if (text.Length == 0 && match.Length > 0 && !RequestInfo.IsTrue(request.Query("sendInitialEvents")))
            throw Invalid(new StatusCause("FieldValueForbidden", "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided", "resourceVersionMatch"));
        if (match is not ("" or "Exact" or "NotOlderThan"))
            throw Invalid(new StatusCause("FieldValueNotSupported", $"Unsupported value: \"{match}\": supported values: \"Exact\", \"NotOlderThan\"", "resourceVersionMatch"));
        if (text.Length == 0)
            return 0;
        if (!long.TryParse(text, out var revision) || revision < 0)
            throw Invalid(new StatusCause("FieldValueInvalid", $"Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax", "resourceVersion"));
        if (match == "Exact" && revision == 0)
            throw Invalid(new StatusCause("FieldValueForbidden", "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"", "resourceVersionMatch"));
        return revision;
    }

    public static ApiException Invalid(StatusCause cause) => ApiErrors.Invalid("meta.k8s.io", "ListOptions", "", [cause]);
}
