using Dex.Features.Build.Inputs;

namespace Dex.Features.Build.Dockerfiles;

/// <summary>Which files of a context the builder does not see, so that they are no inputs: the rules of <c>.dockerignore</c>.</summary>
sealed class DockerIgnore
{
    readonly List<(GlobSet Glob, bool Ignores)> _rules = [];

    /// <summary>A file named after the Dockerfile wins over the context's own.</summary>
    public static DockerIgnore Read(string context, string dockerfile)
    {
        var result = new DockerIgnore();
        var file = new[] { dockerfile + ".dockerignore", Path.Combine(context, ".dockerignore") }.FirstOrDefault(File.Exists);
        foreach (var line in file is null ? [] : File.ReadAllLines(file))
        {
            var rule = line.Trim();
            if (rule.Length == 0 || rule.StartsWith('#')) continue;
            result._rules.Add((new GlobSet([rule.TrimStart('!').TrimEnd('/')]), !rule.StartsWith('!')));
        }

        return result;
    }

    /// <summary>The last rule that matches decides.</summary>
    public bool Matches(string path)
    {
        var ignored = false;
        foreach (var (glob, ignores) in _rules)
        {
            if (glob.Matches(path)) ignored = ignores;
        }

        return ignored;
    }
}
