namespace Dex.Tests.Architecture;

/// <summary>The checkout that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder of <c>dex.slnx</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary>An absolute path of something in the checkout.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "dex.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException($"no dex.slnx above {AppContext.BaseDirectory}");
    }
}
