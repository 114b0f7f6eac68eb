using System.Security.Cryptography;
using System.Text;
using Dex.Features.Build.Images;
using Dex.Features.Build.Inputs;

namespace Dex.Features.Build.Dotnet;

/// <summary>
/// Remembers for which project files packages were restored: while those stay the same, publishing can leave the restore
/// out, which is a good part of its time.
/// </summary>
sealed class RestoreStamp(BuildTarget target, string project, Snapshot inputs, ImagePlatform? platform)
{
    readonly string _file = Path.Combine(target.StateFolder, "restored");
    readonly string _key = KeyOf(inputs, platform);

    public bool IsCurrent =>
        File.Exists(_file) && File.ReadAllText(_file) == _key && File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "obj", "project.assets.json"));

    public void Write() => File.WriteAllText(_file, _key);

    static string KeyOf(Snapshot inputs, ImagePlatform? platform)
    {
        var text = new StringBuilder($"{platform}\n{inputs.Facts["the .NET SDK"]}\n{inputs.Facts["build settings"]}\n");
        foreach (var (path, state) in inputs.Files)
        {
            if (Matters(Path.GetFileName(path))) text.Append(path).Append(' ').Append(state.Hash).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    static bool Matters(string name) =>
        name.EndsWith("proj", StringComparison.Ordinal) || name.EndsWith(".props", StringComparison.Ordinal) || name.EndsWith(".targets", StringComparison.Ordinal)
        || name is "packages.lock.json" or "global.json" || name.Equals("nuget.config", StringComparison.OrdinalIgnoreCase);
}
