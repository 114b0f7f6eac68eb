namespace Dex.LocalCluster.Node.Volumes;

sealed record VolumeFile(byte[] Content, int Mode);

/// <summary>
/// A folder whose files change all at once, as kubelet's AtomicWriter does it: the files stand in a fresh folder that the link
/// <c>..data</c> names, and what the program opens are links through <c>..data</c>.
/// </summary>
static class AtomicFolder
{
    const string Data = "..data";

    public static void Write(string folder, IReadOnlyDictionary<string, VolumeFile> files)
    {
        Directory.CreateDirectory(folder);
        var data = Path.Combine(folder, Data);
        var old = new FileInfo(data).LinkTarget;
        if (old is not null && Same(Path.Combine(folder, old), files)) return;
        var fresh = $"..{Guid.NewGuid():N}";
        foreach (var (name, file) in files) WriteFile(Path.Combine(folder, fresh, name), file);
        Directory.CreateDirectory(Path.Combine(folder, fresh));
        var link = Path.Combine(folder, "..data_tmp");
        File.Delete(link);
        File.CreateSymbolicLink(link, fresh);
        // The moment of the change. File.Move does not take a link to a folder for a file.
        if (Processes.Libc.rename(link, data) != 0) throw new IOException($"cannot replace {data}");
        LinkNames(folder, files.Keys.Select(n => n.Split('/')[0]).ToHashSet());
        if (old is not null) Directory.Delete(Path.Combine(folder, old), recursive: true);
    }

    static bool Same(string folder, IReadOnlyDictionary<string, VolumeFile> files) =>
        Directory.Exists(folder)
        && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count() == files.Count
        && files.All(f => File.Exists(Path.Combine(folder, f.Key)) && File.ReadAllBytes(Path.Combine(folder, f.Key)).AsSpan().SequenceEqual(f.Value.Content));

    static void WriteFile(string path, VolumeFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = (UnixFileMode)(file.Mode & 0x1ff) | UnixFileMode.UserRead,
        });
        stream.Write(file.Content);
    }

    static void LinkNames(string folder, HashSet<string> names)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(e => !e.Name.StartsWith("..") && !names.Contains(e.Name)).ToList())
            entry.Delete();
        foreach (var name in names)
        {
            if (new FileInfo(Path.Combine(folder, name)).LinkTarget is null) File.CreateSymbolicLink(Path.Combine(folder, name), $"{Data}/{name}");
        }
    }
}
