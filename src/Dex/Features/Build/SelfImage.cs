using Dex.App;
using Dex.Features.Build.Images;

namespace Dex.Features.Build;

/// <summary>The program that runs now as an image in the local layout, for what it does inside the embedded cluster.</summary>
sealed class SelfImage(Host host, ImageLayout layout)
{
    /// <summary>Packs the program's folder; the same program gives the same image.</summary>
    /// <returns>The reference by digest.</returns>
    public string Build(CancellationToken cancellationToken)
    {
        var folder = AppContext.BaseDirectory;
        var name = Path.GetFileName(host.SelfCommand[^1]);
        var program = name.EndsWith(".dll", StringComparison.Ordinal) ? name : name + ".dll";
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file))
            .Where(file => !Path.GetFileName(file).StartsWith('.'))
            .Select(file => new LayerFile($"{AppImage.Folder}/{file.Replace(Path.DirectorySeparatorChar, '/')}", Path.Combine(folder, file)));
        var layer = Layer.Pack(layout, files, cancellationToken);
        var image = new AppImage { Entrypoint = ["dotnet", $"/{AppImage.Folder}/{program}"], Base = "mcr.microsoft.com/dotnet/aspnet:10.0" };
        return $"dex@{image.Write(layout, layer, ImagePlatform.OfThisMachine).Digest}";
    }
}
