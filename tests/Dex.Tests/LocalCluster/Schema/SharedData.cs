namespace Dex.Tests.LocalCluster.Schema;

/// <summary>Recorded and upstream material that lies beside the checkout (or where DEX_SHARED says); tests that need it skip without it.</summary>
static class SharedData
{
    public static string Require(string path)
    {
        if (Find() is { } root && Path.Combine(root, path) is var full && (File.Exists(full) || Directory.Exists(full)))
        {
            return full;
        }

        Assert.Skip($"needs {path} in ../shared beside the checkout, or in the folder DEX_SHARED names");
        throw new InvalidOperationException();
    }

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DEX_SHARED") is { Length: > 0 } given)
        {
            return given;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "shared", "data")))
            {
                return Path.Combine(folder.FullName, "shared");
            }
        }

        return null;
    }
}
