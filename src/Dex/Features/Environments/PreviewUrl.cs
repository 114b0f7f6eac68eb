namespace Dex.Features.Environments;

/// <summary>The address of a service in an environment: one label under one wildcard record and certificate, stable across re-creation.</summary>
public static class PreviewUrl
{
    const int LabelLimit = 63;

    /// <summary>The host name without its domain: <c>app-name-id4</c>, with <c>service--</c> in front for all but the main service.</summary>
    public static string Label(EnvironmentKey key, string service, bool isMain)
    {
        var prefix = isMain ? "" : $"{service}--";
        var room = LabelLimit - prefix.Length - key.ShortId.Length - 1;
        return $"{prefix}{Slug.Of($"{key.App}-{key.Name}", room)}-{key.ShortId}";
    }
}
