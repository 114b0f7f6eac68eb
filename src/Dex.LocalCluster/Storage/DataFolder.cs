namespace Dex.LocalCluster.Storage;

/// <summary>A cluster's folder, held by one cluster at a time.</summary>
sealed class DataFolder : IDisposable
{
    readonly FileStream _held;

    DataFolder(string path, FileStream held)
    {
        Path = path;
        _held = held;
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <exception cref="Dex.Yaml.DiagnosticException">Another process holds it.</exception>
    public static DataFolder Open(string path)
    {
        PrivateFile.CreateDirectory(path);
        var file = System.IO.Path.Combine(path, "cluster.lock");
        if (!System.IO.File.Exists(file))
            PrivateFile.Write(file, []);
        try
        {
            return new DataFolder(path, new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            throw StorageErrors.InUse(path);
        }
    }

    public void Dispose() => _held.Dispose();
}
