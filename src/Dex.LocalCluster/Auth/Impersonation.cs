using Dex.LocalCluster.Api;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Auth;

/// <summary>Acting as somebody else, for who may <c>impersonate</c> (kubectl --as).</summary>
sealed class Impersonation(Authorizer authorizer)
{
    const string ExtraPrefix = "Impersonate-Extra-", ServiceAccountPrefix = "system:serviceaccount:";

    /// <summary>Who is acting: the user of the request, or the one it impersonates.</summary>
    /// <exception cref="ApiException">The user may not impersonate them.</exception>
    public User Resolve(User user, IHeaderDictionary headers)
    {
        var name = headers["Impersonate-User"].ToString();
        var groups = headers["Impersonate-Group"].Select(g => g ?? "").ToList();
        if (name.Length == 0)
        {
            if (groups.Count > 0 || headers.Keys.Any(k => k.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase)))
                throw ApiErrors.BadRequest("requested groups or extra without impersonating a user");
            return user;
        }
        CheckName(user, name);
        foreach (var group in groups)
            Check(user, "", "groups", "", group);
        var extra = Extra(user, headers);
        return new User(name, WithAutomatic(name, groups)) { Uid = headers["Impersonate-Uid"].ToString(), Extra = extra };
    }

    void CheckName(User user, string name)
    {
        if (name.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) && name[ServiceAccountPrefix.Length..].Split(':') is [var ns, var account])
            Check(user, "", "serviceaccounts", ns, account);
        else
            Check(user, "", "users", "", name);
    }

    Dictionary<string, IReadOnlyList<string>> Extra(User user, IHeaderDictionary headers)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (header, values) in headers.Where(h => h.Key.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase)))
        {
            var key = Uri.UnescapeDataString(header[ExtraPrefix.Length..].ToLowerInvariant());
            extra[key] = [.. values.Select(v => v ?? "")];
            foreach (var value in extra[key])
                Check(user, "authentication.k8s.io", "userextras", "", value, key);
        }
        return extra;
    }

    void Check(User user, string group, string resource, string ns, string name, string subresource = "")
    {
        var request = new AccessRequest("impersonate") { Group = group, Resource = resource, Subresource = subresource, Namespace = ns, Name = name };
        if (!authorizer.Allows(user, request))
            throw AuthErrors.Forbidden(user, request);
    }

    static List<string> WithAutomatic(string name, List<string> groups)
    {
        var all = groups.ToList();
        if (groups.Count == 0 && name.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) && name[ServiceAccountPrefix.Length..].Split(':') is [var ns, _])
            all.AddRange(["system:serviceaccounts", $"system:serviceaccounts:{ns}"]);
        if (name != "system:anonymous" && !all.Contains("system:authenticated"))
            all.Add("system:authenticated");
        return all;
    }
}
