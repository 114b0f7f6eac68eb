using System.Globalization;
using System.Text;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster;

/// <summary>A data directory keeps a port, so that kubeconfigs and URLs stay good across restarts.</summary>
sealed class StickyPort(string fileName, DataFolder? folder)
{
    /// <summary>The API server's port.</summary>
    public static StickyPort Api(DataFolder? folder) => new("api.port", folder);

    /// <summary>The ingress proxy's port.</summary>
    public static StickyPort Ingress(DataFolder? folder) => new("ingress.port", folder);

    /// <summary>
    /// Opens the wanted port; else the last one, else the preferred one, else any free one, and writes down which it became. Another
    /// program may take a port at any moment, so only opening it tells whether it is free.
    /// </summary>
    /// <param name="wanted">0 leaves the choice here.</param>
    /// <param name="preferred">0 for none.</param>
    /// <param name="open">Opens a port, 0 for any, and returns which it became.</param>
    /// <exception cref="IOException">The wanted port is taken.</exception>
    public async Task OpenAsync(int wanted, int preferred, Func<int, Task<int>> open)
    {
        var candidates = wanted != 0 || folder is null ? [wanted] : new[] { Last() ?? 0, preferred, 0 };
        foreach (var candidate in candidates.Where((port, index) => port != 0 || index == candidates.Length - 1).Distinct())
        {
            try
            {
                Remember(await open(candidate));
                return;
            }
            catch (IOException) when (candidate != 0 && wanted == 0)
            {
                // Taken; the next candidate.
            }
        }
    }

    void Remember(int port)
    {
        if (folder is not null) PrivateFile.Write(folder.File(fileName), Encoding.ASCII.GetBytes(port.ToString(CultureInfo.InvariantCulture)));
    }

    int? Last() =>
        File.Exists(folder!.File(fileName)) && int.TryParse(File.ReadAllText(folder.File(fileName)), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
}
