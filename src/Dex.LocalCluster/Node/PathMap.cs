using System.Buffers;
using System.Text;

namespace Dex.LocalCluster.Node;

/// <summary>
/// A process on the host sees the host's paths, not the container's. So paths that a manifest or an image gives to the program,
/// in arguments and variables, are rewritten when they are, or lie below, a mounted volume or something of the image.
/// </summary>
/// <param name="root">The container's root folder on the host.</param>
/// <param name="mounts">Absolute paths in the container and where they are on the host.</param>
sealed class PathMap(string root, IEnumerable<KeyValuePair<string, string>> mounts)
{
    static readonly SearchValues<char> Boundary = SearchValues.Create(" \t\r\n'\"=:,;()<>|&`{}[]@");
    static readonly SearchValues<char> UrlEnd = SearchValues.Create(" \t\r\n'\"`<>|,;");
    readonly List<KeyValuePair<string, string>> _mounts = [.. mounts.Select(m => KeyValuePair.Create(m.Key.TrimEnd('/'), m.Value)).OrderByDescending(m => m.Key.Length)];

    public string Root => root;

    /// <summary>The host's path for any absolute path of the container, whether it exists or not.</summary>
    public string ToHost(string path) => Mounted(path) ?? $"{root}{path}".TrimEnd('/');

    /// <summary>
    /// Rewrites every path in a text that stands alone: at its start or after a space, quote, equals sign or the like. A URL's parts
    /// are the server's, not the machine's; only a mounted file may be named in its query, as in <c>?sslrootcert=/certs/ca.pem</c>.
    /// </summary>
    public string Rewrite(string text)
    {
        if (!text.Contains('/')) return text;
        var result = new StringBuilder();
        var inUrl = false;
        for (var position = 0; position < text.Length;)
        {
            var rest = text.AsSpan(position);
            inUrl = rest.StartsWith("://") || (inUrl && !UrlEnd.Contains(rest[0]));
            if (rest[0] != '/' || rest.StartsWith("//") || (position > 0 && !Begins(text[position - 1], inUrl)))
            {
                result.Append(rest[0]);
                position++;
                continue;
            }
            var end = rest.IndexOfAny(Boundary);
            var path = (end < 0 ? rest : rest[..end]).ToString();
            result.Append(Mounted(path) ?? (inUrl ? null : InImage(path)) ?? path);
            position += path.Length;
        }
        return result.ToString();
    }

    static bool Begins(char before, bool inUrl) => inUrl ? before == '=' : Boundary.Contains(before);

    string? Mounted(string path)
    {
        foreach (var (inside, host) in _mounts)
        {
            if (path.StartsWith(inside) && (path.Length == inside.Length || path[inside.Length] == '/')) return host + path[inside.Length..];
        }
        return null;
    }

    string? InImage(string path) => path.Trim('/').Length > 0 && !path.Contains("/../") && Path.Exists(root + path) ? root + path : null;
}
